// What a fuzz target claims. A claim that does not hold ends the process, which makes the input a
// finding.
//
//   expect(plain.size() <= limit, "the limit holds");
//
// Thread: the fuzzer's.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace locustella::fuzz {

inline void expect(bool holds, const char* claim)
{
    if (holds)
        return;
    std::fprintf(stderr, "this does not hold: %s\n", claim);
    std::abort();
}

}  // namespace locustella::fuzz
