// The listeners of events.request, called without Python's own fire().
//
//   switch (fire_success(response, name)) ...    // not_here: Python's event does it
//
// For a successful request on an event that nobody has changed, whose recorder is ours: each
// listener gets one call, in the order in which they were added, with the same values under the
// same names; at the recorder's place the request goes into the statistics natively. What a
// listener raises is logged and the next one is called, except for what steers the user.
//
//   values   what changes with the request (times, context, length), made once for all listeners;
//            the URL is kept for the entry's next request
//   names    one tuple for each client, in Locust's order
//
// Listeners may add and remove listeners, which counts from the next request on, and may block:
// nothing of the event or the statistics is held across a call but references.
//
// Thread: the hub's, with the GIL held.
#pragma once

#include "response/response_object.hpp"

namespace locustella::bindings {

// raised: a Python error is set, and the listeners behind have not been called.
enum class Fired : std::uint8_t { not_here, done, raised };

// Throws std::bad_alloc.
Fired fire_success(ResponseObject* response, PyObject* name);

// ... if it is one by its status.
Fired fire_if_success(ResponseObject* response, PyObject* name);

// The `context=` of a call, for its listeners and for `request_meta`: what stands in it now; where
// there is no user, whose own would be put under it, the very dict. False with an error set.
bool keep_said_context(ResponseObject* response, PyObject* context);

// Whether fire_success() may also be called when the script has gone on: what User.context says is
// asked for at the request, so a user that has one of its own has to be asked now.
bool may_fire_later(const Asker& asker);

// Told by Python: the classes of exceptions that a listener may steer a user with; what logs all
// others, called with the exception; what User.context is where nobody has overridden it.
void set_listeners(PyObject* steering, PyObject* log_uncaught);
void set_usual_context(PyObject* function);

}  // namespace locustella::bindings
