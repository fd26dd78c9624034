// What the measured process tells callgrind: loaded by ctypes, in measured_process.py.
#include <valgrind/callgrind.h>

void start(void)
{
    CALLGRIND_START_INSTRUMENTATION;
}

void zero(void)
{
    CALLGRIND_ZERO_STATS;
}

void dump(const char* name)
{
    CALLGRIND_DUMP_STATS_AT(name);
}
