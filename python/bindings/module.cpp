// The extension module `locustella._core`. What it holds is said where it is bound:
// bind_<room>.cpp.
#include "bindings.hpp"

PYBIND11_MODULE(_core, core)
{
    core.doc() = "The native core of Locustella.";
    using namespace locustella::bindings;
    bind_base(core);
    bind_hub(core);
    bind_stats(core);
    bind_net(core);
    bind_output(core);
    bind_http(core);
    bind_under_way(core);
    bind_client(core);
    bind_load(core);
    bind_dispatcher(core);
    bind_runner_states(core);
    bind_demo(core);
}
