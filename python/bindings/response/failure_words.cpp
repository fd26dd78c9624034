#include "response/failure_words.hpp"

#include "client/failure_words.hpp"
#include "client/verdict.hpp"
#include "greenlet/network.hpp"
#include "references.hpp"
#include "utf8.hpp"

namespace locustella::bindings {
namespace {

namespace py = pybind11;

// A `timeout=` as the caller has written it: 5 and 5.0 are the same time, and not the same words.
std::string limit_as_spelled(const ResponseObject& response, Py_ssize_t index)
{
    PyObject* limit = response.sent ? response.sent->timeout.ptr() : Py_None;
    if (PyTuple_CheckExact(limit) && PyTuple_GET_SIZE(limit) == 2)
        limit = PyTuple_GET_ITEM(limit, index);
    if (limit == Py_None)
        return {};
    const py::object text = owned(PyObject_Str(limit));
    const auto spelled = text ? utf8_of(text.ptr()) : std::nullopt;
    PyErr_Clear();
    return std::string(spelled.value_or(""));
}

}  // namespace

std::string words_of_failure(const client::Profile& profile, const ResponseObject& response,
                             const PendingExchange& exchange, std::string_view name)
{
    const auto& answer = response.response;
    if (!response.failure)
        return client::words_of_answer(profile.dialect, answer, name);
    const auto stage = response.failure.stage;
    const bool late = stage == http::Stage::redirect || stage == http::Stage::decode;
    if (late || !seldom_of(&response).history.empty() || answer.status != 0)
        return {};
    const std::string connect = limit_as_spelled(response, 0);
    const std::string read = limit_as_spelled(response, 1);
    return client::words_of_failure(profile.dialect, response.failure,
                                    {.request = exchange.request,
                                     .response = answer,
                                     .limits = engine_of_process().settings()->limits,
                                     .retries = profile.max_retries,
                                     .connect_limit = connect,
                                     .read_limit = read});
}

}  // namespace locustella::bindings
