// The way from a Python `RequestStats` to the native table behind it.
//
//   stats::Table* table = table_of(environment_stats);   // borrowed
//   if (!table)
//       return nullptr;                                  // the Python error is set
//   table->record({.method = "GET", .name = "/basket", .response_ms = Number{12.5}, ...});
//
// The table lives as long as that RequestStats, through reset_all() and clear_all(). Recording a
// name for the first time runs a few lines of Python (the entry appears in `stats.entries`), and so
// does every request while a script has replaced `locust.stats.bucket_response_time`; neither
// switches greenlets. A Python error in there is reported as unraisable and never thrown: the
// request is counted anyway.
//
// Thread: the interpreter's, with the GIL held.
#pragma once

#include <Python.h>

#include "stats/table.hpp"

namespace locustella::bindings {

// Null with TypeError set where the object is no RequestStats.
stats::Table* table_of(PyObject* request_stats);

}  // namespace locustella::bindings
