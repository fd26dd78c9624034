#include "response/listeners.hpp"

#include <array>

#include "base/clock.hpp"
#include "client/verdict.hpp"
#include "references.hpp"
#include "response/recording.hpp"
#include "stats/table.hpp"

namespace locustella::bindings {
namespace {

namespace py = pybind11;

PyObject* steering_classes = nullptr;
PyObject* log_uncaught = nullptr;
PyObject* usual_context = nullptr;

enum Value : std::uint8_t { type, time, entry, context, answer, exception, start, url, length };
constexpr std::size_t value_count = 9;

// What listeners get, in the order of each client; stock's order is seen by who takes **kwargs.
constexpr std::array<Value, value_count> order_of_requests{type,      time,  entry, context, answer,
                                                           exception, start, url,   length};
constexpr std::array<Value, value_count> order_of_geventhttpclient{
    type, entry, context, answer, exception, start, url, length, time};

const std::array<Value, value_count>& order_of(http::Dialect dialect)
{
    return dialect == http::Dialect::requests ? order_of_requests : order_of_geventhttpclient;
}

PyObject* tuple_of_names(const std::array<Value, value_count>& order)
{
    static constexpr std::array<const char*, value_count> names{
        "request_type", "response_time", "name", "context",        "response",
        "exception",    "start_time",    "url",  "response_length"};
    auto tuple = owned(PyTuple_New(value_count));
    for (std::size_t i = 0; tuple && i < value_count; ++i) {
        PyObject* name = PyUnicode_InternFromString(names[order[i]]);
        if (!name)
            return nullptr;
        PyTuple_SET_ITEM(tuple.ptr(), static_cast<Py_ssize_t>(i), name);
    }
    return tuple.release().ptr();
}

// Borrowed; nullptr with an error set.
PyObject* names_of(http::Dialect dialect)
{
    static PyObject* of_requests = nullptr;
    static PyObject* of_geventhttpclient = nullptr;
    PyObject*& names = dialect == http::Dialect::requests ? of_requests : of_geventhttpclient;
    if (!names)
        names = tuple_of_names(order_of(dialect));
    return names;
}

// base_url + path, kept: locustfiles ask for the same again and again, by the same str objects.
py::object joined(PyObject* base_url, PyObject* path)
{
    struct Kept {
        PyObject *base_url, *path, *joined;
    };
    static std::array<Kept, 64> kept{};  // whose references stay until others take their place
    const auto hash = (reinterpret_cast<std::uintptr_t>(path) >> 4) ^
                      (reinterpret_cast<std::uintptr_t>(base_url) >> 7);
    Kept& place = kept[hash % kept.size()];
    if (place.base_url == base_url && place.path == path)
        return borrowed(place.joined);
    py::object text = owned(PyUnicode_Concat(base_url, path));
    if (!text)
        return text;
    const Kept before = place;
    place = {Py_NewRef(base_url), Py_NewRef(path), Py_NewRef(text.ptr())};
    for (PyObject* object : {before.base_url, before.path, before.joined})
        Py_XDECREF(object);
    return text;
}

py::object url_of(const ResponseObject* response)
{
    if (response->details || !response->base_url)
        return borrowed(response->path);
    return joined(response->base_url, response->path);
}

// Its context(); None where there is no user, or it says nothing. Nothing with an error set.
py::object own_context_method(const py::object& user)
{
    static PyObject* const name = PyUnicode_InternFromString("context");
    const int there = user ? PyObject_IsTrue(user.ptr()) : 0;
    if (there <= 0)
        return there < 0 ? py::object() : py::none();
    py::object method = owned(PyObject_GetAttr(user.ptr(), name));
    const bool usual = method && PyMethod_Check(method.ptr()) &&
                       PyMethod_GET_FUNCTION(method.ptr()) == usual_context;
    return usual ? py::none() : method;
}

PyObject* said_context_name()
{
    static PyObject* const name = PyUnicode_InternFromString("_said_context");
    return name;
}

// What the call has said; nullptr: nothing.
PyObject* said_context(const ResponseObject* response)
{
    return response->attributes ? PyDict_GetItemWithError(response->attributes, said_context_name())
                                : nullptr;
}

// What the user says, with what the call has said over it. Nothing with an error set.
py::object context_of(const ResponseObject* response)
{
    const py::object user = borrowed(asker_of(response)->user);
    py::object of_call = borrowed(said_context(response));
    if (of_call && (!user || user.is_none()))
        return of_call;
    const py::object method = own_context_method(user);
    if (!method)
        return {};
    py::object all = owned(PyDict_New());
    const auto add = [&](const py::object& said) {
        return said && PyDict_Update(all.ptr(), said.ptr()) == 0;
    };
    if (!all || (!method.is_none() && !add(owned(PyObject_CallNoArgs(method.ptr())))) ||
        (of_call && !add(of_call)))
        return {};
    return all;
}

// One event's values, under the numbers of `Value`.
class Values {
public:
    // False with an error set.
    bool make(ResponseObject* response, PyObject* name, std::int64_t bytes)
    {
        const http::Times& times = response->times;
        const base::Nanos begun = base::wall_now() - times.age(base::monotonic_now());
        of_[type] = borrowed(response->method);
        of_[time] = owned(PyFloat_FromDouble(stats::ms_of(times.taken()).value));
        of_[entry] = borrowed(name);
        of_[context] = context_of(response);
        of_[answer] = borrowed(reinterpret_cast<PyObject*>(response));
        of_[exception] = borrowed(Py_None);
        of_[start] = owned(PyFloat_FromDouble(base::seconds_of(begun)));
        of_[url] = url_of(response);
        of_[length] = owned(PyLong_FromLongLong(bytes));
        for (const py::object& value : of_)
            if (!value)
                return false;
        return true;
    }

    PyObject* operator[](Value value) const { return of_[value].ptr(); }

private:
    std::array<py::object, value_count> of_;
};

// With an error set, by a listener. False: it is the caller's to see.
bool logged()
{
    if (!log_uncaught || PyErr_ExceptionMatches(steering_classes) ||
        !PyErr_ExceptionMatches(PyExc_Exception))
        return false;
    const py::error_already_set error;
    if (error.trace())
        PyException_SetTraceback(error.value().ptr(), error.trace().ptr());
    return static_cast<bool>(owned(PyObject_CallOneArg(log_uncaught, error.value().ptr())));
}

// At the recorder's place. False: it has to be called as the other listeners are.
bool record_here(ResponseObject* response, PyObject* name, PyObject* recorder)
{
    const py::object event = borrowed(asker_of(response)->request_event);
    const Served* served = served_natively(event.ptr());
    return served && served->recorder == recorder &&
           record_success_in(*served->table, response, name);
}

bool call_all(ResponseObject* response, const py::object& handlers, const Values& values)
{
    PyObject* const names = names_of(response->dialect);
    if (!names)
        return false;
    std::array<PyObject*, 1 + value_count> args{};  // the first is for the callee
    for (std::size_t i = 0; i < value_count; ++i)
        args[1 + i] = values[order_of(response->dialect)[i]];
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(handlers.ptr()); ++i) {
        PyObject* const handler = PyTuple_GET_ITEM(handlers.ptr(), i);
        if (is_recorder(handler) && record_here(response, values[entry], handler))
            continue;
        PyObject* const done =
            PyObject_Vectorcall(handler, args.data() + 1, PY_VECTORCALL_ARGUMENTS_OFFSET, names);
        Py_XDECREF(done);
        if (!done && !logged())
            return false;
    }
    return true;
}

bool keep(ResponseObject* response, PyObject* name, PyObject* value)
{
    if (!response->attributes && !(response->attributes = PyDict_New()))
        return false;
    return PyDict_SetItem(response->attributes, name, value) == 0;
}

// For `request_meta`, should somebody ask for it, a listener even: all of them share one context.
bool keep_heard_context(ResponseObject* response, PyObject* context)
{
    static PyObject* const name = PyUnicode_InternFromString("_heard_context");
    return keep(response, name, context);
}

bool has_plain_url(const ResponseObject* response)
{
    return response->path && PyUnicode_Check(response->path) &&
           (!response->base_url || PyUnicode_Check(response->base_url));
}

// nullptr: Python's fire() has to, which also puts the phases into the context.
const Served* fired_natively(PyObject* request_event)
{
    const Served* served = served_natively(request_event);
    return served && log_uncaught && !served->table->keeps_phases() ? served : nullptr;
}

}  // namespace

bool keep_said_context(ResponseObject* response, PyObject* context)
{
    PyObject* const user = asker_of(response)->user;
    const auto said = owned(user && user != Py_None ? PyDict_Copy(context) : Py_NewRef(context));
    return said && keep(response, said_context_name(), said.ptr());
}

bool may_fire_later(const Asker& asker)
{
    if (!fired_natively(asker.request_event))
        return false;
    const py::object method = own_context_method(borrowed(asker.user));
    PyErr_Clear();
    return method && method.is_none();
}

Fired fire_success(ResponseObject* response, PyObject* name)
{
    const py::object event = borrowed(asker_of(response)->request_event);
    const Served* served = fired_natively(event.ptr());
    const auto bytes = recorded_length(response);
    if (!served || !bytes || !has_plain_url(response))
        return Fired::not_here;
    const auto handlers = borrowed(served->handlers);
    Values values;
    if (!values.make(response, name, *bytes) || !keep_heard_context(response, values[context]) ||
        !call_all(response, handlers, values))
        return Fired::raised;
    return Fired::done;
}

Fired fire_if_success(ResponseObject* response, PyObject* name)
{
    if (response->failure || !client::accepts(response->dialect, response->response.status))
        return Fired::not_here;
    return fire_success(response, name);
}

void set_listeners(PyObject* steering, PyObject* log)
{
    Py_XSETREF(steering_classes, Py_NewRef(steering));
    Py_XSETREF(log_uncaught, Py_NewRef(log));
}

void set_usual_context(PyObject* function)
{
    Py_XSETREF(usual_context, Py_NewRef(function));
}

}  // namespace locustella::bindings
