// What outputs are told of a request that Python tells of, beside what the statistics need: when it
// began, its status, and the class of the user that asked. Only asked for where an output listens.
//
//   if (table.has_readers())
//       add_facts(sample, response, start_time);
//
// Thread: the hub's, with the GIL held. No error is set, and what is asked may run Python.
#pragma once

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>

#include "stats/sample.hpp"

namespace locustella::bindings {

// `response`: whatever the event's listeners got for one; `start_time`: Unix time, 0: not known.
// The text of the user's class stays as long as the class.
void add_facts(stats::Sample& sample, PyObject* response, double start_time);

}  // namespace locustella::bindings
