// What the entry of a request is called in the statistics.
//
//   entry_name(Dialect::requests, {.target = "/items?id=7", .given = "/items"})       "/items?id=7"
//   entry_name(Dialect::geventhttpclient, {.target = "/a?id=7", .given = "/a"})       "/a"
//   entry_name(dialect, {.name = "item", ...})                                        "item"
//
// What the call says comes first (`name=`), then what its session says (`request_name`,
// `rename_request`). Without either, an HttpUser's entry is the path with its query as it goes out,
// a FastHttpUser's the URL as the task gave it, to which nothing is added.
//
// Thread: any. The answer is one of the texts given.
#pragma once

#include <string_view>

#include "http/dialect.hpp"

namespace locustella::client {

struct Naming {
    std::string_view name = {};     // of the call; empty: it says none
    std::string_view session = {};  // of its session; empty: it says none
    std::string_view target = {};   // path and query on the wire, before any redirect
    std::string_view given = {};    // the URL or path as the task gave it
};

constexpr std::string_view entry_name(http::Dialect dialect, const Naming& naming)
{
    if (!naming.name.empty())
        return naming.name;
    if (!naming.session.empty())
        return naming.session;
    return dialect == http::Dialect::requests ? naming.target : naming.given;
}

}  // namespace locustella::client
