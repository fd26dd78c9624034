// No C++ exception leaves a function that Python calls: it becomes a Python one.
//
//   PyMethodDef methods[] = {
//       {"_send", method<session_send>(), METH_FASTCALL | METH_KEYWORDS, doc}, ...};
//   PyGetSetDef properties[] = {
//       {"base_url", guarded<get_base_url>, guarded<set_base_url>, doc}, ...};
//   type.tp_new = guarded<session_new>;
//
// std::bad_alloc becomes MemoryError, a failed system call OSError with its number, what Python
// has raised that again, and anything else RuntimeError. A guarded function that does not throw
// costs what a plain one does.
//
// The Python error is made once the C++ one is over: making it may run Python, which may switch
// greenlets, and C++ keeps one stack of exceptions for the whole thread.
//
// Thread: any, with the GIL held.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <exception>
#include <new>
#include <stdexcept>
#include <system_error>
#include <type_traits>
#include <utility>

namespace locustella::bindings {

// What was caught, as far as a Python error needs it.
class Caught {
public:
    // In a catch block. Allocates nothing that it cannot do without.
    static Caught now() noexcept
    {
        Caught caught;
        try {
            throw;
        } catch (pybind11::error_already_set& error) {
            error.restore();
            caught.kind_ = Kind::python;
        } catch (const std::bad_alloc&) {
            caught.kind_ = Kind::memory;
        } catch (const std::length_error&) {  // a size that no memory could hold
            caught.kind_ = Kind::memory;
        } catch (const std::system_error& error) {
            caught.kind_ = Kind::system;
            caught.number_ = error.code().value();
            caught.say(error.what());
        } catch (const std::exception& error) {
            caught.say(error.what());
        } catch (...) {
            caught.say("an unknown C++ exception");
        }
        return caught;
    }

    // Behind the catch block.
    void raise() const noexcept
    {
        switch (kind_) {
        case Kind::python: return;
        case Kind::memory: PyErr_NoMemory(); return;
        case Kind::system:
            if (PyObject* arguments = Py_BuildValue("is", number_, words_)) {
                PyErr_SetObject(PyExc_OSError, arguments);
                Py_DECREF(arguments);
            }
            return;
        case Kind::other: PyErr_SetString(PyExc_RuntimeError, words_); return;
        }
    }

private:
    enum class Kind : std::uint8_t { other, python, memory, system };

    void say(const char* words) noexcept { PyOS_snprintf(words_, sizeof words_, "%s", words); }

    Kind kind_ = Kind::other;
    int number_ = 0;
    char words_[200] = "";
};

// Apart from the guarded functions, because a greenlet's stack is copied at every switch: what it
// takes must not be part of each of their frames.
[[gnu::noinline, gnu::cold]] inline void raise(std::exception_ptr thrown) noexcept
{
    Caught caught;
    try {
        std::rethrow_exception(std::exchange(thrown, nullptr));
    } catch (...) {
        caught = Caught::now();
    }
    caught.raise();
}

// Runs `call`; what it throws becomes a Python error, and `failed` the answer.
template <class Result, class Call>
Result shield(Result failed, Call call) noexcept
{
    std::exception_ptr thrown;
    try {
        return call();
    } catch (...) {
        thrown = std::current_exception();
    }
    raise(std::move(thrown));
    return failed;
}

template <auto Function>
struct Guard;

template <class Result, class... Arguments, Result (*Function)(Arguments...)>
struct Guard<Function> {
    static constexpr Result failed()
    {
        if constexpr (std::is_pointer_v<Result>)
            return nullptr;
        else
            return Result{-1};
    }
    static Result call(Arguments... arguments) noexcept
    {
        return shield(failed(), [&] { return Function(arguments...); });
    }
};

template <auto Function>
inline constexpr auto guarded = &Guard<Function>::call;

// ... as a PyMethodDef has it.
template <auto Function>
PyCFunction method()
{
    return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(guarded<Function>));
}

}  // namespace locustella::bindings
