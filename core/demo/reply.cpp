#include "demo/reply.hpp"

#include <algorithm>
#include <utility>

#include "demo/json.hpp"

namespace locustella::demo {
namespace {

void append_field(std::string& fields, std::string_view name, std::string_view value)
{
    fields.append(name).append(": ");
    const auto start = static_cast<std::ptrdiff_t>(fields.size());
    fields.append(value);
    std::replace_if(
        fields.begin() + start, fields.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    fields.append("\r\n");
}

struct Reason {
    int status;
    std::string_view phrase;
};

constexpr Reason reasons[] = {
    {100, "Continue"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {418, "I'm a teapot"},
    {422, "Unprocessable Content"},
    {425, "Too Early"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

}  // namespace

std::string_view reason_phrase(int status)
{
    const auto found =
        std::lower_bound(std::begin(reasons), std::end(reasons), status,
                         [](const Reason& r, int wanted) { return r.status < wanted; });
    return found != std::end(reasons) && found->status == status ? found->phrase : "Status";
}

bool forbids_body(int status)
{
    return status < 200 || status == 204 || status == 304;
}

Prebuilt::Prebuilt(int status_code, std::string_view content_type, std::string content,
                   std::string_view more_fields)
    : status{status_code},
      body{std::move(content)}
{
    append_field(fields, "Content-Type", content_type);
    append_field(fields, "Content-Length", std::to_string(body.size()));
    fields.append(more_fields);
}

Reply Reply::of(const Prebuilt& answer)
{
    Reply reply;
    reply.status = answer.status;
    reply.prebuilt = &answer;
    return reply;
}

Reply Reply::json(int status, std::string body)
{
    Reply reply;
    reply.status = status;
    reply.content_type = "application/json";
    reply.body = std::move(body);
    return reply;
}

Reply Reply::text(int status, std::string body)
{
    auto reply = json(status, std::move(body));
    reply.content_type = "text/plain; charset=utf-8";
    return reply;
}

Reply Reply::error(int status, std::string_view reason)
{
    std::string body = R"({"error": )";
    append_json_string(body, reason);
    return json(status, body.append("}"));
}

Reply Reply::redirect(int status, std::string_view location)
{
    return text(status, {}).with("Location", location);
}

Reply Reply::stream(std::string_view content_type, std::unique_ptr<BodySource> source,
                    Framing framing)
{
    Reply reply;
    reply.content_type = content_type;
    reply.source = std::move(source);
    reply.framing = framing;
    return reply;
}

Reply& Reply::with(std::string_view name, std::string_view value) &
{
    append_field(fields, name, value);
    return *this;
}

Reply&& Reply::with(std::string_view name, std::string_view value) &&
{
    append_field(fields, name, value);
    return std::move(*this);
}

}  // namespace locustella::demo
