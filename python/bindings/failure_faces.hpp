// Keeps a table's failures and Python's `stats.errors`, a plain dict, the same.
//
//   show_failures(table, errors, show);   // errors: {key: StatsError}, whatever is in it
//
// Scripts put things into that dict and take them out, and a dict tells nobody. So before a failure
// is counted, a look into the dict tells whether the StatsError that shows it is still there: if
// so, it is counted natively. Else Python's `show` is asked, which finds or makes the one to count
// in:
//
//   in the dict                     counts in
//   its StatsError                  the failure
//   nothing                         a new failure, beginning at 0, which `show` puts in
//   another StatsError              the failure of that one, which takes this one's place
//   anything else                   nothing native: its occurred() is called
//
// Thread: the interpreter's, with the GIL held.
#pragma once

#include <pybind11/pybind11.h>

#include "stats/table.hpp"

namespace locustella::bindings {

void show_failures(stats::Table& table, pybind11::dict errors, pybind11::function show);

}  // namespace locustella::bindings
