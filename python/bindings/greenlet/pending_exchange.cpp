#include "greenlet/pending_exchange.hpp"

#include <algorithm>

#include "bindings.hpp"
#include "http/error.hpp"

namespace locustella::bindings {
namespace {

PyObject* timeout_class = nullptr;

}  // namespace

void UnderWay::add(UnderWayHook& hook, base::Nanos now)
{
    hook.asked = now;
    waiting_.push_back(hook);
}

void UnderWay::give_up(UnderWayHook& hook, base::Nanos now)
{
    hook.unlink();
    count(given_up_, hook, now);
}

void UnderWay::leave_to_parent()
{
    waiting_.clear();
    given_up_ = {};
}

Unanswered UnderWay::waiting(base::Nanos now) const
{
    Unanswered all;
    for (const UnderWayHook& hook : waiting_)
        count(all, hook, now);
    return all;
}

void UnderWay::count(Unanswered& into, const UnderWayHook& hook, base::Nanos now)
{
    ++into.count;
    into.longest = std::max(into.longest, now - hook.asked);
}

UnderWay& under_way()
{
    // Left alone at exit: sessions of any thread may outlive the module's own teardown.
    thread_local UnderWay& one = *new UnderWay;
    return one;
}

void set_timeout_class(PyObject* type)
{
    Py_XSETREF(timeout_class, Py_NewRef(type));
}

bool PendingExchange::perform(client::Client& client, const Terms& terms)
{
    bool came = false;
    try {
        client.start(*this);
        under_way().add(*this, times.asked);
        came = terms.pieces ? send_pieces(client, *this, terms.pieces) : waiter.wait(hub);
    } catch (...) {  // no memory: what has begun must not be found half done
        if (is_linked())
            unlink();
        client.abandon(*this);
        prepared_for = nullptr;
        throw;
    }
    if (!came)
        return give_up(client, terms);
    unlink();
    return failure.code != http::Error::unsendable_head || refuse();
}

// What the gate has refused is an error of the script's, as under http.client: nothing is recorded.
bool PendingExchange::refuse()
{
    const std::string& what = failure.words;
    PyObject* bytes = PyBytes_FromStringAndSize(what.data(), static_cast<Py_ssize_t>(what.size()));
    if (bytes)
        PyErr_Format(PyExc_ValueError, "Invalid header value %R", bytes);
    Py_XDECREF(bytes);
    failure = {};
    prepared_for = nullptr;
    return false;
}

// Its user was stopped, or has lost patience: which a Timeout may make a failure of the request.
bool PendingExchange::give_up(client::Client& client, const Terms& terms)
{
    if (hub.is_of_parent())  // whose connection it is, and whose request
        return false;
    const bool fails =
        terms.fails_by_timeout && timeout_class && PyErr_ExceptionMatches(timeout_class);
    if (fails)
        unlink();
    else
        under_way().give_up(*this, base::monotonic_now());
    client.abandon(*this);
    prepared_for = nullptr;
    if (!fails)
        return false;
    PyErr_Clear();
    failure = {http::Stage::receive, http::Error::total_timeout, {}};
    return true;
}

// With few spares there may be none of this profile although there are some: users of several
// classes, taking turns, would prepare each other's anew every time.
std::unique_ptr<PendingExchange> SpareExchanges::take(
    Hub& hub, const std::shared_ptr<const client::Profile>& profile)
{
    const std::size_t last = spares_.size();
    const std::size_t first = last - std::min(last, looked_at);
    std::size_t at = last;
    while (at > first && spares_[at - 1]->prepared_for != profile)
        --at;
    if (at == first && last < looked_at)
        return std::make_unique<PendingExchange>(hub);
    if (at == first)
        at = last;
    std::swap(spares_[at - 1], spares_.back());
    auto taken = std::move(spares_.back());
    spares_.pop_back();
    return taken;
}

void SpareExchanges::give_back(std::unique_ptr<PendingExchange> exchange) noexcept
{
    exchange->jar.reset();
    exchange->choice = nullptr;
    if (exchange->request.body.capacity() > worth_keeping)
        std::string().swap(exchange->request.body);
    if (closed_)
        return;
    try {
        spares_.push_back(std::move(exchange));
    } catch (const std::bad_alloc&) {  // one less
    }
}

void SpareExchanges::close()
{
    closed_ = true;
    spares_.clear();
}

void bind_under_way(pybind11::module_& core)
{
    const auto told = [](const Unanswered& found) {
        return pybind11::make_tuple(found.count, base::seconds_of(found.longest));
    };
    core.def(
        "waiting_requests", [told] { return told(under_way().waiting(base::monotonic_now())); },
        "(How many of this thread's requests wait for an answer, seconds that the oldest of them "
        "has waited).");
    core.def(
        "given_up_requests", [told] { return told(under_way().given_up()); },
        "(How many of this thread's requests were given up unanswered since "
        "forget_given_up_requests(), seconds that the most patient of them had waited).");
    core.def(
        "forget_given_up_requests", [] { under_way().forget_given_up(); },
        "From now on given_up_requests() counts anew.");
}

}  // namespace locustella::bindings
