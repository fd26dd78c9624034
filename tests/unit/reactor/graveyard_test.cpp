#include "reactor/graveyard.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <memory>

#include "reactor/reactor.hpp"

namespace locustella::reactor {
namespace {

struct Mourned : Mortal {
    explicit Mourned(int& count) : gone(count) {}
    ~Mourned() { ++gone; }
    int& gone;
};

// Hands itself over in its own function, and goes on.
struct EndsItself final : Deferred, Mortal {
    EndsItself(Reactor& r, int& count) : reactor(r), gone(count) {}
    ~EndsItself()
    {
        reactor.withdraw(*this);
        ++gone;
    }
    void run_deferred() override
    {
        reactor.dispose_later(std::move(self));
        seen = gone;  // this memory is still ours
    }

    Reactor& reactor;
    int& gone;
    int seen = -1;
    std::unique_ptr<EndsItself> self;
};

TEST(Graveyard, DestroysWhenItIsCleared)
{
    int gone = 0;
    Graveyard graveyard;
    graveyard.bury(std::make_unique<Mourned>(gone));
    graveyard.bury(std::make_unique<Mourned>(gone));
    graveyard.bury(std::unique_ptr<Mourned>());
    EXPECT_EQ(gone, 0);
    graveyard.clear();
    EXPECT_EQ(gone, 2);
}

TEST(Graveyard, TakesWhatIsBuriedByThoseThatGo)
{
    struct Owner : Mortal {
        Owner(Graveyard& g, int& count) : graveyard(g), owned(std::make_unique<Mourned>(count)) {}
        ~Owner() { graveyard.bury(std::move(owned)); }
        Graveyard& graveyard;
        std::unique_ptr<Mourned> owned;
    };
    int gone = 0;
    Graveyard graveyard;
    graveyard.bury(std::make_unique<Owner>(graveyard, gone));
    graveyard.clear();
    EXPECT_EQ(gone, 1);
}

TEST(Graveyard, NobodyGoesWhileHisOwnFunctionRuns)
{
    Reactor reactor;
    int gone = 0;
    auto item = std::make_unique<EndsItself>(reactor, gone);
    EndsItself& itself = *item;
    itself.self = std::move(item);
    reactor.send_later(itself);
    reactor.turn();
    EXPECT_EQ(gone, 1);
}

TEST(Graveyard, OutsideOfATurnTheNextOneIsAskedFor)
{
    Reactor reactor;
    int gone = 0;
    reactor.dispose_later(std::make_unique<Mourned>(gone));
    EXPECT_EQ(gone, 0);
    pollfd waiting{reactor.fd(), POLLIN, 0};
    EXPECT_EQ(::poll(&waiting, 1, 1000), 1);
    reactor.turn();
    EXPECT_EQ(gone, 1);
}

TEST(Graveyard, TheReactorTakesTheLastWithIt)
{
    int gone = 0;
    {
        Reactor reactor;
        reactor.dispose_later(std::make_unique<Mourned>(gone));
    }
    EXPECT_EQ(gone, 1);
}

}  // namespace
}  // namespace locustella::reactor
