#include "response/recording.hpp"

#include <charconv>
#include <optional>

#include "base/unix_clock.hpp"
#include "client/verdict.hpp"
#include "http/header_block.hpp"
#include "load/recorder.hpp"
#include "phase_times.hpp"
#include "stats_access.hpp"
#include "utf8.hpp"
#include "watch.hpp"

namespace locustella::bindings {
namespace {

namespace py = pybind11;

// What Python has said; nullptr: somebody has changed it.
struct UsualClasses {
    PyTypeObject* event = nullptr;
    PyTypeObject* recorder = nullptr;
    PyTypeObject* stats = nullptr;
} usual;

// The last event that was found to go straight into a table, and what says so.
class Recording {
public:
    stats::Table* table_for(PyObject* event)
    {
        const bool known = event == event_ && watch_.holds() && PyList_GET_SIZE(handlers_) == 1 &&
                           PyList_GET_ITEM(handlers_, 0) == recorder_;
        return known ? table_ : look(event);
    }

private:
    stats::Table* look(PyObject* event);
    // Borrowed; nullptr when there is another listener, or another fire().
    static PyObject* only_recorder(const py::dict& of_event);
    bool watch(const py::dict& of_event, const py::dict& of_environment, const py::dict& of_stats);

    // Kept: an event that is gone may have left its address to another one.
    PyObject* event_ = nullptr;
    PyObject* handlers_ = nullptr;
    PyObject* recorder_ = nullptr;  // as the handlers and the table kept alive by the watch's dicts
    stats::Table* table_ = nullptr;
    Watch watch_;
};

py::dict attributes_of(PyObject* object)
{
    PyObject* dict = PyObject_GenericGetDict(object, nullptr);
    if (!dict)
        PyErr_Clear();
    return dict ? py::reinterpret_steal<py::dict>(dict) : py::dict();
}

PyObject* handlers_of(const py::dict& of_event)
{
    static PyObject* const name = PyUnicode_InternFromString("_handlers");
    return PyDict_GetItem(of_event.ptr(), name);
}

py::object attribute(PyObject* object, const char* name)
{
    return py::reinterpret_steal<py::object>(object ? PyObject_GetAttrString(object, name)
                                                    : nullptr);
}

PyObject* Recording::only_recorder(const py::dict& of_event)
{
    PyObject* handlers = handlers_of(of_event);
    if (!handlers || !PyList_CheckExact(handlers) || PyList_GET_SIZE(handlers) != 1 ||
        Py_TYPE(PyList_GET_ITEM(handlers, 0)) != usual.recorder)
        return nullptr;
    return PyDict_GetItemString(of_event.ptr(), "fire") ? nullptr : PyList_GET_ITEM(handlers, 0);
}

bool Recording::watch(const py::dict& of_event, const py::dict& of_environment,
                      const py::dict& of_stats)
{
    watch_.clear();
    for (PyObject* dict : {of_event.ptr(), of_environment.ptr(), of_stats.ptr()})
        if (!watch_.add(dict))
            return false;
    for (PyTypeObject* type : {usual.event, usual.recorder, usual.stats})
        if (!watch_.add(reinterpret_cast<PyObject*>(type)))
            return false;
    return true;
}

stats::Table* Recording::look(PyObject* event)
{
    Py_CLEAR(event_);
    if (!look_at_world() || !usual.event || Py_TYPE(event) != usual.event)
        return nullptr;
    const py::dict of_event = attributes_of(event);
    PyObject* recorder = only_recorder(of_event);
    if (!recorder)
        return nullptr;
    const auto environment = attribute(recorder, "environment");
    const auto stats = attribute(environment.ptr(), "stats");
    if (!stats || Py_TYPE(stats.ptr()) != usual.stats)
        return nullptr;
    const py::dict of_stats = attributes_of(stats.ptr());
    if (PyDict_GetItemString(of_stats.ptr(), "log_request") ||
        PyDict_GetItemString(of_stats.ptr(), "_record"))
        return nullptr;
    table_ = table_of(stats.ptr());
    if (!watch(of_event, attributes_of(environment.ptr()), of_stats))
        return nullptr;
    handlers_ = handlers_of(of_event);
    recorder_ = recorder;
    event_ = table_ ? Py_NewRef(event) : nullptr;
    return table_;
}

PyTypeObject* as_type(PyObject* type)
{
    return type == Py_None ? nullptr : reinterpret_cast<PyTypeObject*>(Py_NewRef(type));
}

}  // namespace

void set_recording(PyObject* event, PyObject* recorder, PyObject* stats)
{
    usual = {as_type(event), as_type(recorder), as_type(stats)};  // never freed: classes
}

stats::Table* native_recorder(PyObject* request_event)
{
    static Recording& recording = *new Recording;  // never destroyed: it holds Python objects
    if (!request_event || !usual.recorder)
        return nullptr;
    stats::Table* table = recording.table_for(request_event);
    PyErr_Clear();
    return table;
}

// A streamed answer's is what its head says, as Locust has it. Nothing: Python has the words for
// what makes no sense.
static std::optional<std::int64_t> length_of(const ResponseObject* response)
{
    if (!response->streamed)
        return response->failure ? 0 : static_cast<std::int64_t>(response->response.body().size());
    const http::HeaderBlock fields(response->response.head());
    std::optional<std::int64_t> length;
    for (const auto& [name, value] : fields) {
        if (!http::equal_ignoring_case(name, "content-length"))
            continue;
        std::int64_t number = 0;
        const auto [end, error] =
            std::from_chars(value.data(), value.data() + value.size(), number);
        if (length || error != std::errc{} || end != value.data() + value.size() || number < 0)
            return std::nullopt;
        length = number;
    }
    return length.value_or(0);
}

// Nothing in `words`: a success.
static bool record(PyObject* request_event, const ResponseObject* response, PyObject* name,
                   std::string_view words)
{
    stats::Table* table = native_recorder(request_event);
    if (!table)
        return false;
    const auto entry = utf8_of(name), method = utf8_of(response->method);
    const auto length = length_of(response);
    if (!entry || !method || !length)
        return false;
    if (!words.empty() && !table->failures().find(*method, *entry, words))
        return false;
    const auto& times = response->times;
    const base::Nanos now = base::monotonic_now();
    load::record(*table,
                 {.method = *method,
                  .name = *entry,
                  .error = words,
                  .begun = times.begun,
                  .taken = times.taken(),
                  .bytes = *length,
                  .phases = phases_of(times.phases),
                  .certainty = times.certainty},
                 {.monotonic = now, .wall = base::unix_clock().at(now)});
    return true;
}

bool record_success(PyObject* request_event, const ResponseObject* response, PyObject* name)
{
    return record(request_event, response, name, {});
}

bool record_failure(PyObject* request_event, const ResponseObject* response, PyObject* name,
                    std::string_view words)
{
    return record(request_event, response, name, words);
}

bool record_if_success(PyObject* request_event, const ResponseObject* response, PyObject* name)
{
    return !response->failure && client::accepts(response->dialect, response->response.status) &&
           record_success(request_event, response, name);
}

}  // namespace locustella::bindings
