#include "client/failure_words.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "client/python_text.hpp"
#include "http/error.hpp"
#include "net/resolver.hpp"
#include "net/tls.hpp"

namespace locustella::client {
namespace {

using http::Dialect;
using http::Stage;

constexpr base::Nanos second = 1'000'000'000;

// The columns of failure_words.tsv.
enum Column { dialect, stage, category, code, message, words, place, answer, shown, columns };
using Row = std::vector<std::string>;

std::vector<Row> rows()
{
    std::ifstream file(FAILURE_WORDS);
    std::vector<Row> all;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#'))
            continue;
        Row row(1);
        for (const char c : line)
            c == '\t' ? row.emplace_back() : row.back() += c;
        all.push_back(std::move(row));
    }
    return all;
}

std::string unescaped(const std::string& text)
{
    std::string plain;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\\') {
            plain += text[at];
            continue;
        }
        switch (text[++at]) {
        case 'x':
            plain += static_cast<char>(std::stoi(text.substr(at + 1, 2), nullptr, 16));
            at += 2;
            break;
        case 't': plain += '\t'; break;
        case 'r': plain += '\r'; break;
        case 'n': plain += '\n'; break;
        default: plain += text[at];
        }
    }
    return plain;
}

http::Failure failure_of(const Row& row)
{
    static const std::map<std::string, Stage> stages = {
        {"lookup", Stage::lookup},     {"connect", Stage::connect}, {"tls", Stage::tls},
        {"send", Stage::send},         {"receive", Stage::receive}, {"decode", Stage::decode},
        {"redirect", Stage::redirect},
    };
    static const std::map<std::string, const std::error_category*> categories = {
        {"http", &http::http_category()},
        {"getaddrinfo", &net::name_lookup_category()},
        {"tls", &net::tls_category()},
        {"system", &std::system_category()},
    };
    const std::error_code error(std::stoi(row[code]), *categories.at(row[category]));
    return {stages.at(row[stage]), error, unescaped(row[words])};
}

std::string words_for(const Row& row)
{
    http::Request request;
    const bool tls = row[place] == "tls";
    request.origin = {
        .tls = tls, .host = "shop.test", .port = static_cast<std::uint16_t>(tls ? 443 : 8080)};
    request.target = tls ? "/items" : "/items?id=7";
    request.timeouts = {.connect = second * 5 / 2, .read = 5 * second};
    http::Response response;
    if (row[answer] == "answered") {
        response.status = 200;
        response.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
        response.head_size = response.bytes.size();
        response.bytes += "abc";
    }
    return words_of_failure(
        row[dialect] == "requests" ? Dialect::requests : Dialect::geventhttpclient, failure_of(row),
        {.request = request, .response = response, .redirects = 2, .retries = 1});
}

TEST(FailureWords, AreThoseOfTheTable)
{
    const auto all = rows();
    ASSERT_GT(all.size(), 100u);
    for (const auto& row : all) {
        ASSERT_EQ(row.size(), static_cast<std::size_t>(columns));
        EXPECT_EQ(words_for(row), row[shown])
            << row[dialect] << ' ' << row[stage] << ' ' << row[code] << ' ' << row[words];
        if (row[category] == "http" || row[category] == "getaddrinfo") {
            EXPECT_EQ(failure_of(row).code.message(), row[message]);
        }
    }
}

TEST(FailureWords, TheOriginalErrorStandsBeforeEachBracketOfTheUrl)
{
    http::Request request;
    const http::Response response;
    EXPECT_EQ(words_of_failure(Dialect::geventhttpclient,
                               {Stage::receive, http::Error::read_timeout, {}},
                               {.request = request,
                                .response = response,
                                .redirects = 1,
                                .first_url = "http://shop.test/a(1)"}),
              "RetriesExceeded('http://shop.test/a(1, original=timed out)', 0, "
              "original=timed out)");
}

TEST(FailureWords, ALimitIsSpelledAsItsCallerDid)
{
    http::Request request;
    request.origin = {.tls = false, .host = "shop.test", .port = 80};
    request.timeouts = {.connect = 3 * second, .read = 5 * second};
    const http::Response response;
    const auto words = [&](http::Error error, std::string_view connect, std::string_view read) {
        return words_of_failure(Dialect::requests, {Stage::receive, error, {}},
                                {.request = request,
                                 .response = response,
                                 .connect_limit = connect,
                                 .read_limit = read});
    };
    EXPECT_NE(words(http::Error::read_timeout, "", "").find("(read timeout=5)"), std::string::npos);
    EXPECT_NE(words(http::Error::read_timeout, "3", "5.0").find("(read timeout=5.0)"),
              std::string::npos);
    EXPECT_NE(words(http::Error::connect_timeout, "3.0", "5").find("(connect timeout=3.0)"),
              std::string::npos);
}

TEST(PythonText, ShowsAStrAsPythonDoes)
{
    EXPECT_EQ(repr("plain"), "'plain'");
    EXPECT_EQ(repr("it's"), "\"it's\"");
    EXPECT_EQ(repr("'\""), R"('\'"')");
    EXPECT_EQ(repr("\t\r\n\\\x01\x7f"), R"('\t\r\n\\\x01\x7f')");
    EXPECT_EQ(repr(utf8_of_latin1("\xe9\x85\xa0\xad\xff")), "'\u00e9\\x85\\xa0\\xad\u00ff'");
    EXPECT_EQ(bytes_repr("a'\xff"), "b\"a'\\xff\"");
}

TEST(PythonText, ShowsSecondsShort)
{
    EXPECT_EQ(number_text(5 * second), "5");
    EXPECT_EQ(number_text(second / 10), "0.1");
    EXPECT_EQ(number_text(second * 5 / 2), "2.5");
}

}  // namespace
}  // namespace locustella::client
