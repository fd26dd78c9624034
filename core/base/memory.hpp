// What the C library does with memory that is given back.
//
//   base::keep_freed_memory();     // once per process, before the load starts
//
// glibc hands blocks of more than 128 KiB back to the kernel at once, and gets new ones page by
// page, each page with a fault: for bodies of a megabyte that was two thirds of all the CPU
// (tests/benchmarks, "1 MB"). A load generator's bodies come and go all the time, so what was
// needed once is kept.
//
// Thread: any. Does nothing where the C library is not glibc.
#pragma once

#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace locustella::base {

inline void keep_freed_memory()
{
#ifdef __GLIBC__
    constexpr int most_kept = 64 << 20;  // bytes at the heap's end
    ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
    ::mallopt(M_TRIM_THRESHOLD, most_kept);
#endif
}

}  // namespace locustella::base
