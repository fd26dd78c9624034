// Values as Python shows them: the failures table has the reprs of exceptions, and who groups by
// them must find the core's among Python's.
//
//   repr("isn't here")                 "\"isn't here\""
//   bytes_repr("zz\xff")               "b'zz\\xff'"
//   repr(utf8_of_latin1("caf\xe9"))    "'café'"
//   number_text(2'500'000'000)         "2.5"
//
// Thread: any.
#pragma once

#include <string>
#include <string_view>

#include "base/latin1.hpp"
#include "base/nanos.hpp"

namespace locustella::client {

using base::utf8_of_latin1;

// Of a str, given in UTF-8. Of what is not printed only the control characters of Latin-1 are told
// apart, the no-break space and the soft hyphen.
std::string repr(std::string_view text);
std::string bytes_repr(std::string_view bytes);

// Seconds as the shortest number that means them.
std::string number_text(base::Nanos nanos);

}  // namespace locustella::client
