// The phases of requests and how sure their ends are, on their way from the answers to the
// statistics and to Python.
//
// Thread: the hub's, with the GIL held.
#pragma once

#include <optional>

#include <pybind11/pybind11.h>

#include "engine/recording.hpp"
#include "stats/table.hpp"

namespace locustella::bindings {

using engine::phases_of;

// Of a response time that somebody tells of: the response's own if it is its own time, else `read`.
stats::Certainty certainty_of(PyObject* response, std::optional<stats::Number> response_ms);

// Null for what is no native response.
std::optional<stats::Phases> phases_of(PyObject* response);

// [(method, name, requests, {phase: (mean over all requests, requests that had it, p50, p99, max)
// in seconds})] of the entries that have some, by name.
pybind11::list phase_rows(const stats::Table& table);

}  // namespace locustella::bindings
