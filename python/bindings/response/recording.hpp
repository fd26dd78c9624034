// Where a finished request is recorded without Python: straight into the statistics, when nobody
// but they listen to its event.
//
//   if (!record_if_success(request_event, response, name)) ...    // else: Python's event does it
//   if (!record_failure(request_event, response, name, words)) ...
//
// Of the failures with the same words at the same entry Python sees the first, and makes the
// exception that `stats.errors` shows; the core counts those that follow.
//
// Thread: the hub's, with the GIL held.
#pragma once

#include <cstdint>
#include <optional>

#include "response/response_object.hpp"

namespace locustella::stats {
class Table;
}

namespace locustella::bindings {

// The table that a successful request may be recorded in natively, or nullptr when Python must see
// it: a listener of the user's, or no recorder at all. No error is set.
stats::Table* native_recorder(PyObject* request_event);

// An event that Python's fire() is not needed for: nobody has changed it, and one of its listeners
// is our recorder.
struct Served {
    PyObject* handlers = nullptr;   // a tuple, in their order; borrowed, as all of these
    PyObject* recorder = nullptr;   // the one of them, borrowed from it
    stats::Table* table = nullptr;  // ... and where it records
};

// As it is now, until Python runs; nullptr: fire() is needed. No error is set.
const Served* served_natively(PyObject* request_event);

// Whether a listener is of the recorder's class.
bool is_recorder(PyObject* listener);

// In bytes; a streamed answer's is what its head says, as Locust has it. Nothing: Python has the
// words for what makes no sense.
std::optional<std::int64_t> recorded_length(const ResponseObject* response);

// False: Python must do it. Throws std::bad_alloc, and nothing is recorded.
bool record_success(PyObject* request_event, const ResponseObject* response, PyObject* name);

// ... into a table that is known.
bool record_success_in(stats::Table& table, const ResponseObject* response, PyObject* name);

// ... if it is one by its status.
bool record_if_success(PyObject* request_event, const ResponseObject* response, PyObject* name);

// The same for a request that failed in these words, which are not empty.
bool record_failure(PyObject* request_event, const ResponseObject* response, PyObject* name,
                    std::string_view words);

// The classes of what stands between a request event and the statistics when nobody has changed
// anything: the event's, the recorder's, the statistics'. None for the event's or the statistics':
// somebody has, and nothing is recorded natively.
void set_recording(PyObject* event, PyObject* recorder, PyObject* stats);

}  // namespace locustella::bindings
