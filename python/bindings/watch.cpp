#include "watch.hpp"

#include <memory>
#include <unordered_map>
#include <utility>

#include "guard.hpp"

namespace locustella::bindings {
namespace {

#if PY_VERSION_HEX >= 0x030C0000

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
    Dict& added = dicts_.emplace_back(Dict{dict, 0});
#else
    if (watcher_id() < 0 || PyDict_Watch(watcher_id(), dict) < 0)
        return false;
    Watched& watched = watched_dicts()[dict];
    ++watched.watchers;
    Dict& added = dicts_.emplace_back(Dict{dict, 0, &watched.changes});
#endif
    Py_INCREF(dict);
    added.version = added.current();
    known_ = known_ && added.version != 0;
    return true;
}

bool Watch::add_class(PyObject* type)
{
    // A class gets its number when something is first looked up in it.
    Py_XDECREF(PyObject_GetAttrString(type, "__init__"));
    PyErr_Clear();
    Class& added = classes_.emplace_back(Class{Py_NewRef(type), 0});
    added.version = added.current();
    known_ = known_ && added.version != 0;
    return true;
}

void Watch::clear()
{
    known_ = true;
    for (const Dict& dict : std::exchange(dicts_, {})) {
#if PY_VERSION_HEX >= 0x030C0000
        const auto found = watched_dicts().find(dict.object);
        if (found != watched_dicts().end() && --found->second.watchers == 0) {
            PyDict_Unwatch(watcher_id(), dict.object);
            watched_dicts().erase(found);
        }
#endif
        Py_DECREF(dict.object);
    }
    for (const Class& type : std::exchange(classes_, {}))
        Py_DECREF(type.object);
}

int Watch::traverse(visitproc visit, void* arg) const
{
    for (const Dict& dict : dicts_)
        Py_VISIT(dict.object);
    for (const Class& type : classes_)
        Py_VISIT(type.object);
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
