#include "response/recording.hpp"

#include "base/unix_clock.hpp"
#include "load/recorder.hpp"
#include "phase_times.hpp"
#include "stats_access.hpp"

namespace locustella::bindings {
namespace {

PyTypeObject* recorder_class = nullptr;

struct RecorderNames {
    PyObject* handlers = PyUnicode_InternFromString("_handlers");
    PyObject* environment = PyUnicode_InternFromString("environment");
    PyObject* stats = PyUnicode_InternFromString("stats");
};

}  // namespace

void set_recorder_class(PyObject* type)
{
    Py_XSETREF(recorder_class, reinterpret_cast<PyTypeObject*>(Py_NewRef(type)));
}

stats::Table* native_recorder(PyObject* request_event)
{
    static const RecorderNames& names = *new RecorderNames;
    if (!request_event || !recorder_class)
        return nullptr;
    stats::Table* table = nullptr;
    PyObject* handlers = PyObject_GetAttr(request_event, names.handlers);
    if (handlers && PyList_CheckExact(handlers) && PyList_GET_SIZE(handlers) == 1 &&
        Py_TYPE(PyList_GET_ITEM(handlers, 0)) == recorder_class) {
        PyObject* environment = PyObject_GetAttr(PyList_GET_ITEM(handlers, 0), names.environment);
        PyObject* stats = environment ? PyObject_GetAttr(environment, names.stats) : nullptr;
        table = stats ? table_of(stats) : nullptr;  // the environment keeps it
        Py_XDECREF(stats);
        Py_XDECREF(environment);
    }
    Py_XDECREF(handlers);
    PyErr_Clear();
    return table;
}

bool record_success(PyObject* request_event, const ResponseObject* response, PyObject* name)
{
    stats::Table* table = native_recorder(request_event);
    if (!table)
        return false;
    Py_ssize_t name_size = 0, method_size = 0;
    const char* name_text = PyUnicode_AsUTF8AndSize(name, &name_size);
    const char* method = PyUnicode_AsUTF8AndSize(response->method, &method_size);
    if (!name_text || !method) {
        PyErr_Clear();  // a lone surrogate: Python's road reports it
        return false;
    }
    const auto& times = response->times;
    const base::Nanos now = base::monotonic_now();
    load::record(*table,
                 {.method = {method, static_cast<std::size_t>(method_size)},
                  .name = {name_text, static_cast<std::size_t>(name_size)},
                  .begun = times.begun,
                  .taken = times.taken(),
                  .bytes = static_cast<std::int64_t>(response->response.body().size()),
                  .phases = phases_of(times.phases),
                  .certainty = certainty_of(times.certainty)},
                 {.monotonic = now, .wall = base::unix_clock().at(now)});
    return true;
}

}  // namespace locustella::bindings
