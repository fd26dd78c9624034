// A C++ enum as a Python one: the same members on both sides, at the price of a pointer.
//
//   bind_enum<http::Stage>(core, "Stage", "enum.Enum", "Where it failed.",
//                          {{"LOOKUP", http::Stage::lookup}, ...});
//   PyObject* member = member_of(http::Stage::lookup);         // borrowed; lives for ever
//   http::Stage stage;
//   if (!take_enum(object, stage)) return nullptr;             // TypeError is set
//
// A number is no member: what Python says, it says by name.
//
// Thread: the interpreter's, with the GIL held; bind_enum at import.
#pragma once

#include <pybind11/native_enum.h>
#include <pybind11/pybind11.h>

#include <initializer_list>
#include <vector>

namespace locustella::bindings {

template <class Enum>
struct EnumValue {
    const char* name;
    Enum value;
};

template <class Enum>
struct EnumMembers {
    struct Member {
        Enum value;
        PyObject* object;
    };
    static inline std::vector<Member> all;
    static inline const char* name = "";
};

template <class Enum>
void bind_enum(pybind11::module_& core, const char* name, const char* kind, const char* doc,
               std::initializer_list<EnumValue<Enum>> values)
{
    pybind11::native_enum<Enum> made(core, name, kind, doc);
    for (const auto& [member, value] : values)
        made.value(member, value);
    made.finalize();
    EnumMembers<Enum>::name = name;
    for (const auto& [member, value] : values)
        EnumMembers<Enum>::all.push_back(
            {value, pybind11::object(core.attr(name).attr(member)).release().ptr()});
}

// nullptr for a value that Python does not know.
template <class Enum>
PyObject* member_of(Enum value)
{
    for (const auto& member : EnumMembers<Enum>::all)
        if (member.value == value)
            return member.object;
    return nullptr;
}

template <class Enum>
bool take_enum(PyObject* object, Enum& into)
{
    for (const auto& member : EnumMembers<Enum>::all)
        if (member.object == object) {
            into = member.value;
            return true;
        }
    PyErr_Format(PyExc_TypeError, "a %s is needed, not %R", EnumMembers<Enum>::name, object);
    return false;
}

}  // namespace locustella::bindings
