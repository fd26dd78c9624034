// Names that are looked up when the test says so. This program's getaddrinfo answers for every name
// that ends in ".slow.test" with 127.0.0.1, or what the test says, but not before it is let go; all
// other names go to the system's.
//
//   SlowNames names;                    // holds every such lookup back
//   ... resolve "shop.slow.test" ...
//   names.wait_for(1);                  // until a lookup hangs; false after half a minute
//   names.answer_with({"127.0.0.2", "::1"});
//   names.let_go();
//   names.asked()                       // how many lookups there were
//
// Thread: the test's; the lookups are on the resolver's.
#pragma once

#include <string>
#include <vector>

namespace locustella::net {

class SlowNames {
public:
    SlowNames();
    ~SlowNames();  // lets go
    SlowNames(const SlowNames&) = delete;
    SlowNames& operator=(const SlowNames&) = delete;

    bool wait_for(int lookups);
    void answer_with(std::vector<std::string> addresses);
    void let_go();
    int asked() const;
};

}  // namespace locustella::net
