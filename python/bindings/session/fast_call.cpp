#include "session/fast_call.hpp"

#include <bit>

#include "references.hpp"

namespace locustella::bindings {
namespace {

constexpr long most_times = 1'000'000;  // of redirects and retries

// The keywords that are parameters, in their order.
pybind11::object parameters_of(const PlainCall& call)
{
    auto dict = owned(PyDict_New());
    for (auto bits = call.parameters; dict && bits; bits &= bits - 1) {
        const int place = std::countr_zero(bits);
        if (PyDict_SetItem(dict.ptr(), PyTuple_GET_ITEM(call.keywords, place), call.values[place]) <
            0)
            return {};
    }
    return dict;
}

// Nothing and 0: as the session says.
bool take_seconds(PyObject* given, base::Nanos& into)
{
    if (!given)
        return true;
    if (!PyFloat_CheckExact(given) && !PyLong_CheckExact(given))
        return false;
    if (PyObject_Not(given) == 1)
        return true;
    const auto nanos = nanos_of(given);
    into = nanos.value_or(into);
    return nanos.has_value();
}

bool take_times(PyObject* given, int& into)
{
    int overflow = 0;
    const long times = PyLong_CheckExact(given) ? PyLong_AsLongAndOverflow(given, &overflow) : -1;
    into = static_cast<int>(times);
    return !overflow && times >= 0 && times <= most_times;
}

}  // namespace

FastCall::FastCall(Verb verb, PlainCall& call, bool sends) : call_(call), sends_(sends)
{
    // among the parameters
    call.verify = call.cert = call.proxies = call.timeout = call.cookies = nullptr;
    if (call.parameters == 0)
        return;
    parameters_ = parameters_of(call);
    put_ = parameters_ && put(verb);
}

bool FastCall::put(Verb verb)
{
    if (verb != Verb::post)
        return put_into(call_.params);
    if (call_.json && !call_.data)
        return true;  // a text by then
    PyObject* data = call_.data ? call_.data : call_.empty_data;
    call_.data_of_parameters = !data;
    if (!put_into(data))
        return false;
    if (PyDict_CheckExact(data)) {
        call_.data = data;
        call_.empty_data = nullptr;
    }
    return true;
}

bool FastCall::put_into(PyObject*& dict)
{
    if (!dict) {
        dict = parameters_.ptr();
        return true;
    }
    if (!PyDict_CheckExact(dict))
        return true;
    if (!sends_) {
        copy_ = owned(PyDict_Copy(dict));
        dict = copy_.ptr();
    }
    return dict && PyDict_Update(dict, parameters_.ptr()) == 0;
}

bool FastCall::limit(const client::Profile& profile, http::Request& request)
{
    const auto& limits = call_.limits;
    if (!take_seconds(limits[PlainCall::network_timeout], request.timeouts.read) ||
        !take_seconds(limits[PlainCall::connection_timeout], request.timeouts.connect))
        return false;
    if (PyObject* most = limits[PlainCall::max_redirects]) {
        if (!profile.follow || !take_times(most, request.max_redirects))
            return false;  // the session may follow none for another reason
        request.follow = request.follow && request.max_redirects > 0;
    }
    PyObject* const again = limits[PlainCall::max_retries];
    return !again || take_times(again, retries_);
}

void FastCall::keep(const client::Profile& profile, const http::Request& request)
{
    if (sends_ && (call_.files || call_.data_is_file()) && retries(profile) > 0)
        kept_ = std::make_unique<http::Request>(request);
}

bool FastCall::restore(http::Request& request) const
{
    if (kept_)
        request = *kept_;
    return kept_ != nullptr;
}

}  // namespace locustella::bindings
