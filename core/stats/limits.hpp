// What is counted together where names or errors have no end, and from when on.
//
// Thread: any; constants.
#pragma once

#include <cstddef>
#include <string_view>

namespace locustella::stats {

inline constexpr std::size_t default_name_limit = 30'000;
inline constexpr std::string_view names_beyond_limit = "(names beyond the limit)";

inline constexpr std::size_t default_error_limit = 30'000;
inline constexpr std::string_view errors_beyond_limit = "(errors beyond the limit)";

}  // namespace locustella::stats
