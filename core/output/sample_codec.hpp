// Finished requests as text, one line each: JSON lines or CSV, with the same columns.
//
//   SampleCodec codec(SampleFormat::csv, {.monotonic = begin, .wall = unix_clock.at(begin)});
//   std::string text;
//   codec.begin(text);                    // CSV's titles
//   codec.append(text, sample);
//
//   json lines := (object LF)*                                            RFC 8259 each
//   object     := "{" title ":" value ("," title ":" value)* "}"
//   value      := text | number | "true" | "false" | "null"
//   csv        := titles CRLF (row CRLF)*                                 RFC 4180
//   row        := field ("," field)*
//   field      := plain* | DQUOTE (any but DQUOTE | 2DQUOTE)* DQUOTE
//
//   column            what                                              unit
//   method, name      the entry that counts it
//   user              the class of the user that asked
//   start_ns          its first act on the wire, by the wall clock      ns since 1970, UTC
//   offset_ns         the same from the beginning of the file on        ns, monotonic
//   scheduled_ns      when its turn would have been                     as start_ns
//   recorded_ns       when it was counted                               as start_ns, to 1 us
//   response_time_ms  as in the statistics                              ms, to 1 us
//   length            of the body                                       bytes
//   status            of the answer
//   error             the text of its failure; nothing: a success
//   certainty         of the end of the response time: kernel, upper_bound, read
//   reused            whether it found a connection that stood
//   dns_ms ...        its phases                                        ms, to 1 us
//
// What is not known, or is not there, is null in JSON and an empty field in CSV, where an empty
// text is "". Text is UTF-8: what is none becomes U+FFFD.
//
// Thread: any one at a time; no clock is read.
#pragma once

#include <cstdint>
#include <string>

#include "stats/sample.hpp"

namespace locustella::output {

enum class SampleFormat : std::uint8_t { json_lines, csv };

// The same moment by both clocks.
struct Beginning {
    base::Nanos monotonic = 0;
    base::Nanos wall = 0;
};

class SampleCodec {
public:
    SampleCodec(SampleFormat format, const Beginning& beginning)
        : format_(format),
          beginning_(beginning)
    {
    }

    void begin(std::string& out) const;
    void append(std::string& out, const stats::Sample& sample) const;

private:
    SampleFormat format_;
    Beginning beginning_;
};

}  // namespace locustella::output
