#include "watch.hpp"

#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "guard.hpp"
#include "utf8.hpp"

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

// A file that requests depend on, and what was there when somebody last looked.
struct File {
    std::string path;
    dev_t device = 0;
    ino_t node = 0;  // 0: there is none

    // Whether it is another one now.
    bool look()
    {
        struct stat found = {};
        if (::stat(path.c_str(), &found) != 0)
            found = {};
        const bool same = found.st_dev == device && found.st_ino == node;
        device = found.st_dev;
        node = found.st_ino;
        return !same;
    }
};

// Of the clock that costs next to nothing, and steps by a few milliseconds.
std::int64_t coarse_now()
{
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

struct World {
    std::unique_ptr<Watch> watch = std::make_unique<Watch>();
    PyObject* looker = nullptr;
    std::uint32_t epoch = 1;
    bool known = false;
    std::vector<File> files;
    std::int64_t looked = 0;

    bool holds() const { return known && watch->holds(); }

    void look_at_files()
    {
        if (const std::int64_t now = coarse_now(); now != looked) {
            looked = now;
            look_at_each_file();
        }
    }
    // Now and then: what it needs of the stack stays out of the way of each request.
    [[gnu::noinline]] void look_at_each_file()
    {
        bool changed = false;
        for (File& file : files)
            changed |= file.look();
        epoch += changed;
    }
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

PyObject* watch_file(PyObject*, PyObject* path)
{
    const auto name = PyUnicode_Check(path) ? utf8_of(path) : std::nullopt;
    if (!name)
        return PyErr_Format(PyExc_TypeError, "a path is needed");
    auto& files = world().files;
    for (const File& file : files)
        if (file.path == *name)
            Py_RETURN_NONE;
    files.push_back({std::string(*name)});
    files.back().look();
    Py_RETURN_NONE;
}

PyObject* py_world_holds(PyObject*, PyObject*)
{
    return PyBool_FromLong(world_holds());
}

// A class gets its number when something is first looked up in it. 0: it has none.
unsigned int version_of(PyObject* type)
{
    Py_XDECREF(PyObject_GetAttrString(type, "__init__"));
    PyErr_Clear();
    return reinterpret_cast<PyTypeObject*>(type)->tp_version_tag;
}

PyObject* class_version(PyObject*, PyObject* type)
{
    if (!PyType_Check(type))
        return PyErr_Format(PyExc_TypeError, "a class is needed");
    return PyLong_FromUnsignedLong(version_of(type));
}

PyMethodDef functions[] = {
    {"set_world_looker", guarded<set_world_looker>, METH_O,
     "set_world_looker(looker, /)\n--\n\nThe function that looks at the world when something in it "
     "has changed, and then calls watch_world()."},
    {"watch_world", guarded<watch_world>, METH_VARARGS,
     "watch_world(things, changed, /)\n--\n\nthings: the dicts and classes that everybody's "
     "requests depend on; changed: what was made from them is to be made again."},
    {"watch_file", guarded<watch_file>, METH_O,
     "watch_file(path, /)\n--\n\nA file whose coming and going changes what was made from the "
     "world."},
    {"class_version", guarded<class_version>, METH_O,
     "class_version(cls, /)\n--\n\nThe number of the class's present state, which a change of it "
     "or of a base changes; 0: it has none."},
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

bool Watch::begin(PyObject* dict, Dict& watched)
{
#if PY_VERSION_HEX < 0x030C0000
    watched = {dict, 0};
#else
    if (watcher_id() < 0 || PyDict_Watch(watcher_id(), dict) < 0)
        return false;
    Watched& counted = watched_dicts()[dict];
    ++counted.watchers;
    watched = {dict, 0, &counted.changes};
#endif
    Py_INCREF(dict);
    watched.version = watched.current();
    return true;
}

void Watch::end(const Dict& watched)
{
#if PY_VERSION_HEX >= 0x030C0000
    const auto found = watched_dicts().find(watched.object);
    if (found != watched_dicts().end() && --found->second.watchers == 0) {
        PyDict_Unwatch(watcher_id(), watched.object);
        watched_dicts().erase(found);
    }
#endif
    Py_DECREF(watched.object);
}

bool Watch::add_dict(PyObject* dict)
{
    // First what may want memory; in steps, as a jar's cookies come one by one.
    if (dicts_.size() == dicts_.capacity())
        dicts_.reserve(std::max<std::size_t>(2 * dicts_.size(), 1));
    Dict added{};
    if (!begin(dict, added))
        return false;
    dicts_.push_back(added);
    known_ = known_ && added.version != 0;
    return true;
}

bool Watch::add_class(PyObject* type)
{
    Class& added = classes_.emplace_back(Class{type, version_of(type)});
    if (!classes_are_lent_)
        Py_INCREF(type);
    known_ = known_ && added.version != 0;
    return true;
}

void Watch::remove(PyObject* dict)
{
    // From the end: most are taken off soon, to be added again.
    const auto found = std::find_if(dicts_.rbegin(), dicts_.rend(),
                                    [&](const Dict& watched) { return watched.object == dict; });
    if (found == dicts_.rend())
        return;
    const Dict watched = std::exchange(*found, dicts_.back());
    dicts_.pop_back();
    end(watched);
}

void Watch::clear()
{
    known_ = true;
    for (const Dict& dict : std::exchange(dicts_, {}))
        end(dict);
    for (const Class& type : std::exchange(classes_, {}))
        if (!classes_are_lent_)
            Py_DECREF(type.object);
}

int Watch::traverse(visitproc visit, void* arg) const
{
    for (const Dict& dict : dicts_)
        Py_VISIT(dict.object);
    for (const Class& type : classes_)
        if (!classes_are_lent_)
            Py_VISIT(type.object);
    return 0;
}

bool Watch::is_of(PyObject* tuple, Py_ssize_t from) const
{
    auto dict = dicts_.begin();
    auto type = classes_.begin();
    for (Py_ssize_t i = from; i < PyTuple_GET_SIZE(tuple); ++i) {
        PyObject* thing = PyTuple_GET_ITEM(tuple, i);
        if (dict != dicts_.end() && dict->object == thing)
            ++dict;
        else if (type != classes_.end() && type->object == thing)
            ++type;
        else
            return false;
    }
    return dict == dicts_.end() && type == classes_.end();
}

bool SessionWatch::begin(PyObject* things, bool may_share)
{
    static auto& last = *new std::weak_ptr<const Watch>;  // most sessions are of one kind
    end();
    if (PyTuple_GET_SIZE(things) == 0)
        return true;
    if (!PyDict_Check(PyTuple_GET_ITEM(things, 0))) {
        PyErr_SetString(PyExc_TypeError, "the first thing to be watched is the session's dict");
        return false;
    }
    // No more than the two classes and the environment's dict.
    const bool usual = may_share && PyTuple_GET_SIZE(things) <= 4;
    auto rest = usual ? last.lock() : nullptr;
    // Are they these classes? Only then they are sure to be alive, and may be looked into: a
    // session that has got another class meanwhile may have been the last that kept its old one.
    if (!rest || !rest->is_of(things, 1) || !rest->holds()) {
        auto made = std::make_shared<Watch>(usual ? Watch::Classes::lent : Watch::Classes::kept);
        for (Py_ssize_t i = 1; i < PyTuple_GET_SIZE(things); ++i)
            if (!made->add(PyTuple_GET_ITEM(things, i)))
                return false;
        rest = std::move(made);
        if (usual)
            last = rest;
    }
    if (!Watch::begin(PyTuple_GET_ITEM(things, 0), own_))
        return false;
    if (own_.version == 0)  // nobody counts its changes: it has changed
        own_.version = ~own_.version;
    rest_ = std::move(rest);
    return true;
}

bool SessionWatch::watch_headers(PyObject* dict)
{
    const bool begun = Watch::begin(dict, headers_);
    if (headers_.version == 0)
        headers_.version = ~headers_.version;
    return begun;
}

bool SessionWatch::add_later(PyObject* dict, PyObject* instead_of)
{
    if (!later_)
        later_ = std::make_unique<Watch>();
    if (instead_of)
        later_->remove(instead_of);
    return !dict || later_->add(dict);
}

void SessionWatch::renew()
{
    for (Watch::Dict* dict : {&own_, &headers_})
        if (dict->object)
            dict->version = dict->current();
}

void SessionWatch::end()
{
    for (Watch::Dict* dict : {&own_, &headers_})
        if (dict->object)
            Watch::end(std::exchange(*dict, {}));
    rest_.reset();
    later_.reset();
}

int SessionWatch::traverse(visitproc visit, void* arg) const
{
    Py_VISIT(own_.object);
    Py_VISIT(headers_.object);
    if (const int stopped = later_ ? later_->traverse(visit, arg) : 0)
        return stopped;
    return rest_ && rest_.use_count() == 1 ? rest_->traverse(visit, arg) : 0;
}

bool world_holds()
{
    return world().holds();
}

std::uint32_t world_epoch()
{
    return world().epoch;
}

bool look_at_world()
{
    World& the = world();
    if (!the.files.empty())
        the.look_at_files();
    if (the.holds() || !the.looker)
        return true;
    PyObject* result = PyObject_CallNoArgs(the.looker);
    Py_XDECREF(result);
    return result != nullptr;
}

void bind_watch(PyObject* module)
{
    PyModule_AddFunctions(module, functions);
}

}  // namespace locustella::bindings
