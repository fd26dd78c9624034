// Samples as JSON lines and as CSV.
#include "output/sample_codec.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "unit/output/csv_reader.hpp"

namespace locustella::output {
namespace {

using stats::Certainty;
using stats::Number;
using stats::Sample;

constexpr Beginning beginning{.monotonic = 5'000'000'000, .wall = 1'764'500'000'000'000'000};
constexpr stats::Phases phases{0, 0, 0, 1'499, 12'345'678, 500};

Sample whole_sample()
{
    return {.method = "GET",
            .name = "/basket",
            .response_ms = Number{12.3456},
            .content_length = stats::bytes(512),
            .wall_now = 1'764'500'001.25,
            .error = "oh, \"no\"",
            .phases = &phases,
            .certainty = Certainty::upper_bound,
            .status = 503,
            .user = "Visitor",
            .start = 6'000'000'123,
            .start_wall = 1'764'500'001'000'000'123,
            .scheduled_start = 5'999'000'000};
}

std::string written(SampleFormat format, const Sample& sample)
{
    std::string out;
    SampleCodec(format, beginning).append(out, sample);
    return out;
}

std::string json(const Sample& sample)
{
    return written(SampleFormat::json_lines, sample);
}

std::string csv(const Sample& sample)
{
    return written(SampleFormat::csv, sample);
}

TEST(SampleCodec, AnObjectALine)
{
    EXPECT_EQ(json(whole_sample()),
              R"({"method":"GET","name":"/basket","user":"Visitor",)"
              R"("start_ns":1764500001000000123,"offset_ns":1000000123,)"
              R"("scheduled_ns":1764500000999000000,"recorded_ns":1764500001250000000,)"
              R"("response_time_ms":12.346,"length":512,"status":503,"error":"oh, \"no\"",)"
              R"("certainty":"upper_bound","reused":true,"dns_ms":0.000,"connect_ms":0.000,)"
              R"("tls_ms":0.000,"send_ms":0.001,"first_byte_ms":12.346,"receive_ms":0.001})"
              "\n");
}

TEST(SampleCodec, TheSameColumnsInCsv)
{
    std::string out;
    const SampleCodec codec(SampleFormat::csv, beginning);
    codec.begin(out);
    codec.append(out, whole_sample());
    EXPECT_EQ(out,
              "method,name,user,start_ns,offset_ns,scheduled_ns,recorded_ns,response_time_ms,"
              "length,status,error,certainty,reused,dns_ms,connect_ms,tls_ms,send_ms,"
              "first_byte_ms,receive_ms\r\n"
              "GET,/basket,Visitor,1764500001000000123,1000000123,1764500000999000000,"
              "1764500001250000000,12.346,512,503,\"oh, \"\"no\"\"\",upper_bound,true,0.000,0.000,"
              "0.000,0.001,12.346,0.001\r\n");
}

TEST(SampleCodec, JsonLinesHaveNoTitles)
{
    std::string out;
    SampleCodec(SampleFormat::json_lines, beginning).begin(out);
    EXPECT_EQ(out, "");
}

TEST(SampleCodec, WhatIsNotKnownIsNothing)
{
    const Sample sample{.method = "", .name = "", .wall_now = 1};
    EXPECT_EQ(json(sample),
              R"({"method":"","name":"","user":null,"start_ns":null,"offset_ns":null,)"
              R"("scheduled_ns":null,"recorded_ns":1000000000,"response_time_ms":null,"length":0,)"
              R"("status":null,"error":null,"certainty":"read","reused":null,"dns_ms":null,)"
              R"("connect_ms":null,"tls_ms":null,"send_ms":null,"first_byte_ms":null,)"
              R"("receive_ms":null})"
              "\n");
    EXPECT_EQ(csv(sample), "\"\",\"\",,,,,1000000000,,0,,,read,,,,,,,\r\n");
}

TEST(SampleCodec, PhasesThatAreAllNothingAreNotKnown)
{
    Sample sample = whole_sample();
    const stats::Phases none{};
    sample.phases = &none;
    EXPECT_NE(json(sample).find(R"("reused":null,"dns_ms":null)"), std::string::npos);
}

TEST(SampleCodec, AConnectionThatWasOpenedWasNotReused)
{
    Sample sample = whole_sample();
    for (const auto phase : {stats::dns, stats::connect, stats::tls}) {
        stats::Phases opened = phases;
        opened[phase] = 1;
        sample.phases = &opened;
        EXPECT_NE(json(sample).find(R"("reused":false)"), std::string::npos);
    }
}

TEST(SampleCodec, AStartThatAScriptTellsOf)
{
    Sample sample{.method = "A", .name = "b", .start_wall = beginning.wall + 7};
    EXPECT_NE(json(sample).find(R"("start_ns":1764500000000000007,"offset_ns":7,)"),
              std::string::npos);
    sample.start_wall = std::numeric_limits<base::Nanos>::min();
    EXPECT_NE(json(sample).find(R"("start_ns":-9223372036854775808,"offset_ns":null,)"),
              std::string::npos);
}

TEST(SampleCodec, ARequestBeforeTheFilesBeginning)
{
    Sample sample = whole_sample();
    sample.start = beginning.monotonic - 3;
    EXPECT_NE(json(sample).find(R"("offset_ns":-3,)"), std::string::npos);
}

std::string time_of(double ms)
{
    Sample sample{.method = "A", .name = "b", .response_ms = Number{ms}};
    const auto rows = csv_rows(csv(sample));
    return rows ? rows->at(0).at(7).text : "no CSV";
}

TEST(SampleCodec, TimesToAMicrosecond)
{
    EXPECT_EQ(time_of(0), "0.000");
    EXPECT_EQ(time_of(0.0004), "0.000");
    EXPECT_EQ(time_of(0.0005), "0.001");
    EXPECT_EQ(time_of(0.036), "0.036");
    EXPECT_EQ(time_of(1.9996), "2.000");
    EXPECT_EQ(time_of(86'400'000.001), "86400000.001");
    EXPECT_EQ(time_of(-1.5), "-1.500");
    EXPECT_EQ(time_of(-0.25), "-0.250");
    EXPECT_EQ(time_of(1e18), "1e+18");
    EXPECT_EQ(time_of(std::nan("")), "");
    EXPECT_EQ(time_of(INFINITY), "");
}

std::string length_of(Number length)
{
    Sample sample{.method = "A", .name = "b", .content_length = length};
    const auto rows = csv_rows(csv(sample));
    return rows ? rows->at(0).at(8).text : "no CSV";
}

TEST(SampleCodec, LengthsThatAScriptTellsOf)
{
    EXPECT_EQ(length_of(stats::bytes(123'456'789'012)), "123456789012");
    EXPECT_EQ(length_of(Number{3.0}), "3");
    EXPECT_EQ(length_of(Number{0.5}), "0.5");
    EXPECT_EQ(length_of(Number{-7}), "-7");
    EXPECT_EQ(length_of(Number{1e300}), "1e+300");
    EXPECT_EQ(length_of(Number{INFINITY}), "");
}

TEST(SampleCodec, AnInstantBeyondAllClocks)
{
    Sample sample{.method = "A", .name = "b", .wall_now = 1e300};
    EXPECT_NE(json(sample).find(R"("recorded_ns":null,)"), std::string::npos);
    sample.wall_now = std::nan("");
    EXPECT_NE(json(sample).find(R"("recorded_ns":null,)"), std::string::npos);
}

TEST(SampleCodec, ARowStaysOneWhateverItsTexts)
{
    Sample sample = whole_sample();
    sample.name = "a,b\r\n\"c\"";
    sample.error = "\n";
    const auto rows = csv_rows(csv(sample));
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->size(), 1u);
    EXPECT_EQ(rows->at(0).at(1).text, sample.name);
    EXPECT_EQ(rows->at(0).at(10).text, sample.error);
    const auto line = json(sample);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
}

}  // namespace
}  // namespace locustella::output
