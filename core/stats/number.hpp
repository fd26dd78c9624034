// A number that remembers whether it was given as a whole one.
//
//   Number sum;                 // 0, whole
//   sum += Number{45, true};    // 45, whole
//   sum += Number{0.5};         // 45.5: one fraction makes the sum a fraction for good
//
// Locust shows a minimum of 45 as "45" and one of 45.0 as "45.0", because Python keeps int and
// float apart, and scripts parse its CSV files. Whole numbers are exact up to 2^53.
//
// Thread: any; a value.
#pragma once

namespace locustella::stats {

struct Number {
    double value = 0;
    bool whole = false;

    static constexpr Number zero() { return {0, true}; }

    constexpr Number& operator+=(Number other)
    {
        value += other.value;
        whole = whole && other.whole;
        return *this;
    }
};

}  // namespace locustella::stats
