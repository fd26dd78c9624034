#include "greenlet/pending_exchange.hpp"

#include "http/error.hpp"

namespace locustella::bindings {
namespace {

PyObject* timeout_class = nullptr;

}  // namespace

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
    under_way().give_up(*this, base::monotonic_now());
    client.abandon(*this);
    prepared_for = nullptr;
    if (!terms.fails_by_timeout || !timeout_class || !PyErr_ExceptionMatches(timeout_class))
        return false;
    PyErr_Clear();
    failure = {http::Stage::receive, http::Error::total_timeout, {}};
    return true;
}

}  // namespace locustella::bindings
