#include "watch.hpp"

#include <memory>
#include <unordered_map>
#include <utility>

#include "guard.hpp"

namespace locustella::bindings {
namespace {

#if PY_VERSION_HEX < 0x030C0000

// CPython gives each state of each dict a number of its own.
std::uint64_t dict_version(PyObject* dict)
{
    return reinterpret_cast<PyDictObject*>(dict)->ma_version_tag;
}

#else

// CPython tells of each change of a dict that is watched; we count them.
struct Watched {
    std::uint64_t changes = 1;
    std::size_t watchers = 0;
};

std::unordered_map<PyObject*, Watched>& watched_dicts()
{
    static auto& dicts = *new std::unordered_map<PyObject*, Watched>;
    return dicts;
}

int note_change(PyDict_WatchEvent, PyObject* dict, PyObject*, PyObject*)
{
    if (const auto found = watched_dicts().find(dict); found != watched_dicts().end())
        ++found->second.changes;
    return 0;
}

int watcher_id()
{
    static const int id = PyDict_AddWatcher(note_change);
    return id;
}

#endif

std::uint64_t class_version(PyObject* type)
{
    return reinterpret_cast<PyTypeObject*>(type)->tp_version_tag;
}

struct World {
    std::unique_ptr<Watch> watch = std::make_unique<Watch>();
    PyObject* looker = nullptr;
    std::uint32_t epoch = 1;
    bool known = false;
};

World& world()
{
    static World& the = *new World;  // never destroyed: it holds Python objects
    return the;
}

PyObject* set_world_looker(PyObject*, PyObject* function)
{
    Py_XSETREF(world().looker, Py_NewRef(function));
    world().known = false;
    Py_RETURN_NONE;
}

PyObject* watch_world(PyObject*, PyObject* args)
{
    PyObject* things;
    int changed;
    if (!PyArg_ParseTuple(args, "O!p", &PyTuple_Type, &things, &changed))
        return nullptr;
    auto watch = std::make_unique<Watch>();
    if (!watch->add_all(things))
        return nullptr;
    world().watch = std::move(watch);
    world().known = true;
    world().epoch += changed != 0;
    Py_RETURN_NONE;
}

PyObject* py_world_holds(PyObject*, PyObject*)
{
    return PyBool_FromLong(world_holds());
}

PyMethodDef functions[] = {
    {"set_world_looker", guarded<set_world_looker>, METH_O,
     "set_world_looker(looker, /)\n--\n\nThe function that looks at the world when something in it "
     "has changed, and then calls watch_world()."},
    {"watch_world", guarded<watch_world>, METH_VARARGS,
     "watch_world(things, changed, /)\n--\n\nthings: the dicts and classes that everybody's "
     "requests depend on; changed: what was made from them is to be made again."},
    {"world_holds", guarded<py_world_holds>, METH_NOARGS,
     "world_holds()\n--\n\nWhether nothing of it has changed."},
    {}};

}  // namespace

std::uint64_t Watch::Thing::current() const
{
    if (counter)
        return *counter;
#if PY_VERSION_HEX < 0x030C0000
    if (PyDict_Check(object))
        return dict_version(object);
#endif
    return class_version(object);
}

bool Watch::add(PyObject* object)
{
    if (PyDict_Check(object))
        return add_dict(object);
    if (PyType_Check(object))
        return add_class(object);
    PyErr_Format(PyExc_TypeError, "only dicts and classes can be watched, not %s",
                 Py_TYPE(object)->tp_name);
    return false;
}

bool Watch::add_all(PyObject* tuple)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple); ++i)
        if (!add(PyTuple_GET_ITEM(tuple, i)))
            return false;
    return true;
}

bool Watch::add_dict(PyObject* dict)
{
#if PY_VERSION_HEX < 0x030C0000
    things_.push_back({Py_NewRef(dict), dict_version(dict), nullptr});
#else
    if (watcher_id() < 0 || PyDict_Watch(watcher_id(), dict) < 0)
        return false;
    Watched& watched = watched_dicts()[dict];
    ++watched.watchers;
    things_.push_back({Py_NewRef(dict), watched.changes, &watched.changes});
#endif
    return true;
}

bool Watch::add_class(PyObject* type)
{
    // A class gets its number when something is first looked up in it.
    Py_XDECREF(PyObject_GetAttrString(type, "__init__"));
    PyErr_Clear();
    things_.push_back({Py_NewRef(type), class_version(type), nullptr});
    return true;
}

void Watch::clear()
{
    for (const Thing& thing : std::exchange(things_, {})) {
#if PY_VERSION_HEX >= 0x030C0000
        const auto found = watched_dicts().find(thing.object);
        if (thing.counter && found != watched_dicts().end() && --found->second.watchers == 0) {
            PyDict_Unwatch(watcher_id(), thing.object);
            watched_dicts().erase(found);
        }
#endif
        Py_DECREF(thing.object);
    }
}

int Watch::traverse(visitproc visit, void* arg) const
{
    for (const Thing& thing : things_)
        Py_VISIT(thing.object);
    return 0;
}

bool world_holds()
{
    return world().known && world().watch->holds();
}

std::uint32_t world_epoch()
{
    return world().epoch;
}

bool look_at_world()
{
    if (world_holds() || !world().looker)
        return true;
    PyObject* result = PyObject_CallNoArgs(world().looker);
    Py_XDECREF(result);
    return result != nullptr;
}

void bind_watch(PyObject* module)
{
    PyModule_AddFunctions(module, functions);
}

}  // namespace locustella::bindings
