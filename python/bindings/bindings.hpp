// The binders of the extension module `locustella._core`: one for each room of core/.
//
// Thread: the interpreter's, at import, with the GIL held.
#pragma once

#include <pybind11/pybind11.h>

namespace locustella::bindings {

void bind_base(pybind11::module_& core);
void bind_client(pybind11::module_& core);
void bind_demo(pybind11::module_& core);
void bind_dispatcher(pybind11::module_& core);
void bind_hub(pybind11::module_& core);
void bind_http(pybind11::module_& core);
void bind_load(pybind11::module_& core);
void bind_net(pybind11::module_& core);
void bind_output(pybind11::module_& core);
void bind_runner_states(pybind11::module_& core);
void bind_stats(pybind11::module_& core);
void bind_under_way(pybind11::module_& core);

}  // namespace locustella::bindings
