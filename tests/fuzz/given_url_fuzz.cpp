// URLs as tasks give them.
//
// Input: a URL, and behind a line feed more of a query. Claims: what is taken is fit for a request
// line whatever was given, and the text that an answer shows leads to the same place.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/expect.hpp"
#include "http/given_url.hpp"
#include "http/url_quoting.hpp"

namespace locustella::http {
namespace {

using fuzz::expect;

constexpr ByteSet host_bytes = unreserved.with(":%");  // of a name, or an address with its zone
constexpr ByteSet userinfo_bytes = unreserved.with("!$%&'()*+,;=:");
const SpelledHost odd_host{"odd.test", "odd.test"};
constexpr ByteSet target_bytes = unreserved.with("!\"$%&'()*+,/:;<=>?@[\\]^`{|}");
constexpr ByteSet query_bytes = unreserved.with("&=+");

void check(const GivenUrl& url, Dialect dialect)
{
    expect(!url.origin.host.empty() && host_bytes.has_all_of(url.origin.host),
           "a host is a name or an address");
    expect(userinfo_bytes.has_all_of(url.userinfo), "a login is escaped");
    expect(url.target.starts_with('/'), "a target is an absolute path");
    expect(target_bytes.has_all_of(url.target), "a target is printable, without a fragment");
    GivenUrl again;
    if (dialect != Dialect::requests)
        return;  // its text is as it was given, without the query
    if (url.target.find("/.") != std::string::npos)
        return;  // an escaped dot has become one, and would go with its segment
    if (url.origin.host.find('%') != std::string::npos)
        return;  // of a zone: one of a single letter is taken for an escape
    expect(again.read(url.text, {}, dialect), "a text that is shown can be given");
    expect(again.origin == url.origin && again.target == url.target &&
               again.fragment == url.fragment && again.text == url.text,
           "and leads to the same place");
}

}  // namespace
}  // namespace locustella::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace locustella::http;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto end = text.find('\n');
    std::string query;
    if (end != std::string_view::npos)
        for (const char c : text.substr(end + 1))
            if (query_bytes.has(c))
                query += c;
    for (const auto dialect : {Dialect::requests, Dialect::geventhttpclient}) {
        GivenUrl url;
        const auto given = text.substr(0, end);
        if (url.read(given, query, dialect) ||
            (!url.odd_host.empty() && url.read(given, query, dialect, &odd_host)))
            check(url, dialect);
    }
    return 0;
}
