#include "response/recording.hpp"

#include <charconv>
#include <memory>
#include <utility>

#include "base/unix_clock.hpp"
#include "client/verdict.hpp"
#include "http/header_block.hpp"
#include "load/recorder.hpp"
#include "phase_times.hpp"
#include "references.hpp"
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

// An event that was found to be served without fire(), and what says so.
struct Known {
    py::object event;  // kept: one that is gone may have left its address to another
    py::object handlers;
    PyObject* list = nullptr;  // of the same; as the table kept alive by the watch's dicts
    Served served;
    std::unique_ptr<Watch> watch;

    bool holds() const { return watch && watch->holds() && has_same_handlers(); }
    bool has_same_handlers() const;
};

// The last one.
class Recording {
public:
    const Served* served(PyObject* event)
    {
        if (event == known_.event.ptr() && known_.holds())
            return &known_.served;
        look_at(event);
        return event == known_.event.ptr() ? &known_.served : nullptr;
    }

private:
    // What was known ends last: that may run Python, which may come here again.
    void look_at(PyObject* event)
    {
        Known found = look(borrowed(event));
        std::swap(known_, found);
    }
    static Known look(const py::object& event);

    Known known_;
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
    return owned(object ? PyObject_GetAttrString(object, name) : nullptr);
}

bool Known::has_same_handlers() const
{
    const Py_ssize_t count = PyTuple_GET_SIZE(handlers.ptr());
    if (PyList_GET_SIZE(list) != count)
        return false;
    for (Py_ssize_t i = 0; i < count; ++i)
        if (PyList_GET_ITEM(list, i) != PyTuple_GET_ITEM(handlers.ptr(), i))
            return false;
    return true;
}

// False when there is another fire(), no recorder of ours, or two.
bool take_handlers(const py::dict& of_event, Known& found)
{
    found.list = handlers_of(of_event);
    if (!found.list || !PyList_CheckExact(found.list) ||
        PyDict_GetItemString(of_event.ptr(), "fire"))
        return false;
    found.handlers = owned(PyList_AsTuple(found.list));
    found.served.handlers = found.handlers.ptr();
    for (Py_ssize_t i = 0; found.handlers && i < PyTuple_GET_SIZE(found.handlers.ptr()); ++i) {
        PyObject* handler = PyTuple_GET_ITEM(found.handlers.ptr(), i);
        if (!is_recorder(handler))
            continue;
        if (found.served.recorder)
            return false;
        found.served.recorder = handler;
    }
    return found.served.recorder != nullptr;
}

std::unique_ptr<Watch> watch_of(const py::dict& of_event, const py::dict& of_environment,
                                const py::dict& of_stats)
{
    auto watch = std::make_unique<Watch>();
    for (PyObject* dict : {of_event.ptr(), of_environment.ptr(), of_stats.ptr()})
        if (!watch->add(dict))
            return nullptr;
    for (PyTypeObject* type : {usual.event, usual.recorder, usual.stats})
        if (!watch->add(reinterpret_cast<PyObject*>(type)))
            return nullptr;
    return watch;
}

// Nothing when fire() is needed.
Known Recording::look(const py::object& event)
{
    if (!look_at_world() || !usual.event || Py_TYPE(event.ptr()) != usual.event)
        return {};
    Known found;
    const py::dict of_event = attributes_of(event.ptr());
    if (!take_handlers(of_event, found))
        return {};
    const auto environment = attribute(found.served.recorder, "environment");
    const auto stats = attribute(environment.ptr(), "stats");
    if (!stats || Py_TYPE(stats.ptr()) != usual.stats)
        return {};
    const py::dict of_stats = attributes_of(stats.ptr());
    if (PyDict_GetItemString(of_stats.ptr(), "log_request") ||
        PyDict_GetItemString(of_stats.ptr(), "_record"))
        return {};
    found.served.table = table_of(stats.ptr());
    found.watch = watch_of(of_event, attributes_of(environment.ptr()), of_stats);
    if (!found.served.table || !found.watch)
        return {};
    found.event = event;
    return found;
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

bool is_recorder(PyObject* listener)
{
    return Py_TYPE(listener) == usual.recorder;
}

const Served* served_natively(PyObject* request_event)
{
    static Recording& recording = *new Recording;  // never destroyed: it holds Python objects
    if (!request_event || !usual.recorder)
        return nullptr;
    const Served* served = recording.served(request_event);
    PyErr_Clear();
    return served;
}

stats::Table* native_recorder(PyObject* request_event)
{
    const Served* served = served_natively(request_event);
    return served && PyTuple_GET_SIZE(served->handlers) == 1 ? served->table : nullptr;
}

std::optional<std::int64_t> recorded_length(const ResponseObject* response)
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

namespace {

// Borrowed from the class. Of who has asked, where the session knows.
std::string_view user_class_of(const ResponseObject* response)
{
    PyObject* const user = response->session ? asker_of(response)->user : nullptr;
    return user && user != Py_None ? std::string_view(Py_TYPE(user)->tp_name) : std::string_view();
}

// Nothing in `words`: a success.
bool record(stats::Table* table, const ResponseObject* response, PyObject* name,
            std::string_view words)
{
    if (!table)
        return false;
    const auto entry = utf8_of(name), method = utf8_of(response->method);
    const auto length = recorded_length(response);
    if (!entry || !method || !length)
        return false;
    if (!words.empty() && !table->knows_failure(*method, *entry, words))
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
                  .certainty = times.certainty,
                  .status = response->response.status,
                  .user = table->has_readers() ? user_class_of(response) : std::string_view()},
                 {.monotonic = now, .wall = base::unix_clock().at(now)});
    return true;
}

}  // namespace

bool record_success(PyObject* request_event, const ResponseObject* response, PyObject* name)
{
    return record(native_recorder(request_event), response, name, {});
}

bool record_failure(PyObject* request_event, const ResponseObject* response, PyObject* name,
                    std::string_view words)
{
    return record(native_recorder(request_event), response, name, words);
}

bool record_success_in(stats::Table& table, const ResponseObject* response, PyObject* name)
{
    return record(&table, response, name, {});
}

bool record_if_success(PyObject* request_event, const ResponseObject* response, PyObject* name)
{
    return !response->failure && client::accepts(response->dialect, response->response.status) &&
           record_success(request_event, response, name);
}

}  // namespace locustella::bindings
