#include "demo/probes.hpp"

#include <algorithm>

#include "base/base64.hpp"
#include "base/percent.hpp"
#include "demo/form.hpp"
#include "demo/json.hpp"
#include "demo/site.hpp"

namespace locustella::demo::probes {

using base::base64_encode;
using base::percent_decode;

namespace {

constexpr std::uint64_t most_redirects = 1000;

// Clients may send any byte; JSON may not hold it.
void append_text_or_null(std::string& json, std::string_view text)
{
    if (is_utf8(text))
        append_json_string(json, text);
    else
        json.append("null");
}

void append_member(std::string& json, std::string_view name)
{
    json.append(json.ends_with('{') ? "" : ", ");
    append_json_string(json, is_utf8(name) ? name : std::string_view{"?"});
    json.append(": ");
}

// {"a": ["1", "2"]}: every value of every name, in the order of arrival.
std::string lists_by_name(const NamedValues& values)
{
    std::string json = "{";
    for (auto it = values.begin(); it != values.end(); ++it) {
        const auto same = [&](const auto& other) { return other.first == it->first; };
        if (std::find_if(values.begin(), it, same) != it)
            continue;
        append_member(json, it->first);
        json.append("[");
        for (auto other = it; other != values.end(); ++other)
            if (same(*other)) {
                json.append(json.ends_with('[') ? "" : ", ");
                append_text_or_null(json, other->second);
            }
        json.append("]");
    }
    return json.append("}");
}

}  // namespace

Reply redirect(Site&, const Request&, const Parameters& parameters)
{
    const auto left = parse_number(parameters[0]);
    if (!left || *left > most_redirects)
        return Reply::error(400, "/redirect/{n}: n from 0 to 1000");
    if (*left == 0)
        return Reply::json(200, R"({"arrived": true})");
    return Reply::redirect(302, "/redirect/" + std::to_string(*left - 1));
}

Reply status(Site&, const Request&, const Parameters& parameters)
{
    const auto code = parse_number(parameters[0]);
    if (!code || *code < 200 || *code > 599)
        return Reply::error(400, "/status/{code}: code from 200 to 599");
    const int wanted = static_cast<int>(*code);
    std::string body =
        forbids_body(wanted) || wanted == 205 ? std::string{} : std::to_string(wanted);
    if (!body.empty())
        body.append(" ").append(reason_phrase(wanted)).append("\n");
    return Reply::text(wanted, std::move(body));
}

Reply delay(Site&, const Request&, const Parameters& parameters)
{
    const auto pause = parse_milliseconds(parameters[0]);
    if (!pause)
        return Reply::error(400, "/delay/{ms}: ms from 0 to 3600000, decimals allowed");
    auto reply = Reply::json(200, R"({"delay_ns": )" + std::to_string(pause->count()) + "}");
    reply.delay = *pause;
    return reply;
}

Reply slow_headers(Site&, const Request& request, const Parameters&)
{
    const auto pause = parse_milliseconds(form_value(request.query, "ms").value_or("100"));
    if (!pause)
        return Reply::error(400, "/slow-headers?ms=: ms from 0 to 3600000, decimals allowed");
    auto reply = Reply::json(200, R"({"slow": "headers"})");
    reply.pause_in_head = *pause;
    return reply;
}

Reply close(Site&, const Request&, const Parameters&)
{
    auto reply = Reply::json(200, R"({"closing": true})");
    reply.ending = Reply::Ending::close;
    return reply;
}

Reply reset(Site&, const Request&, const Parameters&)
{
    Reply reply;
    reply.ending = Reply::Ending::reset;
    return reply;
}

Reply basic_auth(Site&, const Request& request, const Parameters& parameters)
{
    const auto user = percent_decode(parameters[0]);
    const auto wanted = base64_encode(user + ":" + percent_decode(parameters[1]));
    auto given = request.header("authorization").value_or("");
    const bool basic = base::equal_ignoring_case(given.substr(0, 6), "basic ");
    if (!basic || given.substr(6) != wanted)
        return Reply::json(401, R"({"authenticated": false})")
            .with("WWW-Authenticate", R"(Basic realm="demo", charset="UTF-8")");
    std::string json = R"({"authenticated": true, "user": )";
    append_text_or_null(json, user);
    return Reply::json(200, json.append("}"));
}

Reply cookies(Site&, const Request& request, const Parameters&)
{
    std::string json = R"({"cookies": {)";
    NamedValues seen;
    for (const auto& field : request.fields())
        if (base::equal_ignoring_case(field.name, "cookie"))
            for (auto& cookie : parse_cookies(field.value))
                seen.push_back(std::move(cookie));
    for (const auto& [name, value] : seen) {
        append_member(json, name);
        append_text_or_null(json, value);
    }
    return Reply::json(200, json.append("}}"));
}

Reply set_cookies(Site&, const Request& request, const Parameters&)
{
    const auto wanted = parse_form(request.query);
    if (wanted.empty())
        return Reply::error(400, "/cookies/set?name=value");
    auto reply = Reply::redirect(302, "/cookies");
    for (const auto& [name, value] : wanted)
        reply.with("Set-Cookie", name + "=" + value + "; Path=/");
    return reply;
}

Reply counters(Site& site, const Request&, const Parameters&)
{
    const auto& now = site.counters;
    return Reply::json(200, R"({"requests": )" + std::to_string(now.requests) +
                                R"(, "connections": )" + std::to_string(now.connections) +
                                R"(, "open_connections": )" + std::to_string(now.open_connections) +
                                "}");
}

Reply echo(Site&, const Request& request, const Parameters&)
{
    std::string json = R"({"method": )";
    append_json_string(json, request.method_text);
    json.append(R"(, "path": )");
    append_text_or_null(json, request.path);
    json.append(R"(, "query": )").append(lists_by_name(parse_form(request.query)));
    NamedValues fields;
    for (const auto& field : request.fields())
        fields.emplace_back(field.name, field.value);
    json.append(R"(, "headers": )").append(lists_by_name(fields));
    json.append(R"(, "body": )");
    append_text_or_null(json, request.body);
    if (!is_utf8(request.body)) {
        json.append(R"(, "body_base64": )");
        append_json_string(json, base64_encode(request.body));
    }
    return Reply::json(200, json.append("}"));
}

}  // namespace locustella::demo::probes
