// What was looked at in Python's world, and whether it is still so.
//
//   Watch watch;
//   watch.add(session.__dict__);      // nothing has been put in, taken out or replaced
//   watch.add(type(session));         // ... nor in this class and its bases
//   if (!watch.holds()) ...           // what was made from these is to be made again
//
// A session's profile has a SessionWatch: its own dict, and what sessions of one kind have in
// common (classes, the environment), which they share. One more, the world's, belongs to all
// sessions: modules and classes that a script, a mock or an APM agent may have patched. Who has
// patched what is Python's to say, in http/patches.py.
//
// holds() costs a few loads for each thing watched, and runs no Python. Values that can change
// without their dict being told (a list in it) are not seen: whoever adds a dict vouches for them.
//
// Files are watched too, by whether they are there and which: the world does not hold when one of
// them has come, gone or been replaced. That is looked at every few milliseconds at most.
//
// Thread: the hub's, with the GIL held.
#pragma once

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace locustella::bindings {

class Watch {
public:
    Watch() = default;
    // Of classes that somebody else keeps for as long as this is asked: see SessionWatch.
    enum class Classes : bool { kept, lent };
    explicit Watch(Classes classes) : classes_are_lent_(classes == Classes::lent) {}
    ~Watch() { clear(); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    // False with a TypeError set for what is neither a dict nor a class.
    bool add(PyObject* object);
    // ... of each item of a tuple.
    bool add_all(PyObject* tuple);

    bool holds() const { return known_ && all_as_they_were(dicts_) && all_as_they_were(classes_); }

    void clear();
    int traverse(visitproc visit, void* arg) const;

    // Takes a dict off again; nothing where it is not watched. The last one takes its place.
    void remove(PyObject* dict);

    // Whether these are just the things of a tuple from there on, in their order.
    bool is_of(PyObject* tuple, Py_ssize_t from) const;

    // A dict, and how many changes of it had been counted; CPython itself counts until 3.11.
    struct Dict {
        PyObject* object;
        std::uint64_t version;
#if PY_VERSION_HEX < 0x030C0000
        std::uint64_t current() const
        {
            return reinterpret_cast<PyDictObject*>(object)->ma_version_tag;
        }
#else
        const std::uint64_t* counter;
        std::uint64_t current() const
        {
            return *counter;
        }
#endif
    };
    struct Class {
        PyObject* object;
        unsigned int version;
        unsigned int current() const
        {
            return reinterpret_cast<PyTypeObject*>(object)->tp_version_tag;
        }
    };

    static bool begin(PyObject* dict, Dict& watched);
    static void end(const Dict& watched);

private:
    template <class Thing>
    static bool all_as_they_were(const std::vector<Thing>& things)
    {
        // To the end, as it does hold for nearly every request, and with few jumps.
        std::uint64_t changed = 0;
#pragma GCC unroll 4
        for (const Thing& thing : things)
            changed |= thing.current() ^ thing.version;
        return changed == 0;
    }

    bool add_dict(PyObject* dict);
    bool add_class(PyObject* type);

    std::vector<Dict> dicts_;
    std::vector<Class> classes_;
    bool known_ = true;  // false: there is one whose changes nobody counts
    bool classes_are_lent_ = false;
};

// What one session's profile was made from. Two things of it often change, and the core sees by
// itself what has become of them (session_changes.hpp): the session's own dict, and its dict of
// headers.
//
// What sessions of one kind share has no references to their class and their responses' class: each
// session has its own, and the garbage collector could not follow theirs through what they share.
class SessionWatch {
public:
    SessionWatch() = default;
    ~SessionWatch() { end(); }
    SessionWatch(const SessionWatch&) = delete;
    SessionWatch& operator=(const SessionWatch&) = delete;

    // Of a tuple: the session's dict, its class, its responses' class, and what else. `may_share`:
    // the session keeps these two classes until end(). False with an error set.
    bool begin(PyObject* things, bool may_share);
    void end();

    bool holds() const { return own_holds() && headers_hold() && rest_holds(); }
    bool own_holds() const { return is_as_it_was(own_); }
    bool headers_hold() const { return is_as_it_was(headers_); }
    // Whether all but these two are as they were.
    bool rest_holds() const { return (!rest_ || rest_->holds()) && (!later_ || later_->holds()); }
    // The session's dict; nullptr: it was not told.
    PyObject* own() const { return own_.object; }
    PyObject* headers() const { return headers_.object; }
    // What has become of these two has been seen.
    void renew();

    // The dict of headers: see above. False with an error set.
    bool watch_headers(PyObject* dict);
    // One dict more, for one of those added here before; either may be nullptr.
    bool add_later(PyObject* dict, PyObject* instead_of);
    // Not of what is shared: that owns nothing that could lead back here.
    int traverse(visitproc visit, void* arg) const;

private:
    static bool is_as_it_was(const Watch::Dict& dict)
    {
        return !dict.object || dict.current() == dict.version;
    }

    Watch::Dict own_{};
    Watch::Dict headers_{};
    std::shared_ptr<const Watch> rest_;
    std::unique_ptr<Watch> later_;
};

// The world's watch, which all sessions look at. False when it does not hold.
bool world_holds();
// Changes when what Python says about the world does.
std::uint32_t world_epoch();

// Asks Python, if the world's watch does not hold. False with an error set.
bool look_at_world();

// _core.set_world_looker(function), _core.watch_world(things, changed), _core.world_holds(),
// _core.watch_file(path)
void bind_watch(PyObject* module);

}  // namespace locustella::bindings
