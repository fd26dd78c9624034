// Binds core/http: the words that Python and the core have in common, and how much of an answer is
// taken in.
#include "bindings.hpp"

#include <pybind11/stl.h>

#include "client/verdict.hpp"
#include "enums.hpp"
#include "greenlet/network.hpp"
#include "http/content_coding.hpp"
#include "http/cookie_host.hpp"
#include "http/dialect.hpp"
#include "http/error.hpp"
#include "http/failure.hpp"
#include "http/field_gate.hpp"
#include "http/field_template.hpp"
#include "http/given_url.hpp"
#include "session/send_call.hpp"

namespace locustella::bindings {
namespace {

namespace py = pybind11;

void bind_request_enums(py::module_& core)
{
    bind_enum<http::Dialect>(core, "Dialect", "enum.Enum",
                             "Whose habits a request has: those of HttpUser or of FastHttpUser.",
                             {{"REQUESTS", http::Dialect::requests},
                              {"GEVENTHTTPCLIENT", http::Dialect::geventhttpclient}});
    bind_enum<HostField>(core, "HostField", "enum.Enum", "Whose Host field goes out.",
                         {{"ADDED", HostField::added},
                          {"CALLERS", HostField::callers},
                          {"ORIGINS", HostField::origins}});
    bind_enum<CookieKeeper>(core, "CookieKeeper", "enum.Enum",
                            "Who sees to the cookies of a request.",
                            {{"JAR", CookieKeeper::jar},
                             {"CALLER", CookieKeeper::caller},
                             {"NOBODY", CookieKeeper::nobody}});
    using Part = http::FieldTemplate::Part;
    bind_enum<Part>(core, "FieldPart", "enum.Enum", "A part of a field template.",
                    {{"STANDARD", Part::standard},
                     {"GIVEN", Part::given},
                     {"COOKIE", Part::cookie},
                     {"LENGTH", Part::length},
                     {"BODY_TYPE", Part::body_type},
                     {"FALLBACK", Part::fallback},
                     {"FIXED", Part::fixed},
                     {"HOST", Part::host},
                     {"CREDENTIALS", Part::credentials},
                     {"SETTLED", Part::settled}});
}

void bind_failure_enums(py::module_& core)
{
    using http::Stage;
    bind_enum<Stage>(core, "Stage", "enum.Enum", "Where a request was when it failed.",
                     {{"LOOKUP", Stage::lookup},
                      {"CONNECT", Stage::connect},
                      {"TLS", Stage::tls},
                      {"SEND", Stage::send},
                      {"RECEIVE", Stage::receive},
                      {"REDIRECT", Stage::redirect},
                      {"DECODE", Stage::decode}});
    using http::Error;
    bind_enum<Error>(core, "Error", "enum.IntEnum",
                     "The core's own errors: see core/http/error.hpp.",
                     {{"CLOSED_BEFORE_RESPONSE", Error::closed_before_response},
                      {"INCOMPLETE_BODY", Error::incomplete_body},
                      {"MALFORMED_RESPONSE", Error::malformed_response},
                      {"HEAD_TOO_LARGE", Error::head_too_large},
                      {"BAD_CONTENT_CODING", Error::bad_content_coding},
                      {"BODY_TOO_LARGE", Error::body_too_large},
                      {"TOO_MANY_REDIRECTS", Error::too_many_redirects},
                      {"REDIRECT_SCHEME", Error::redirect_scheme},
                      {"CONNECT_TIMEOUT", Error::connect_timeout},
                      {"READ_TIMEOUT", Error::read_timeout},
                      {"TOTAL_TIMEOUT", Error::total_timeout},
                      {"INVALID_URL", Error::invalid_url},
                      {"TLS_SETUP", Error::tls_setup},
                      {"PROXY_REFUSED", Error::proxy_refused},
                      {"PROXY_AUTHENTICATION", Error::proxy_authentication},
                      {"PROXY_CLOSED", Error::proxy_closed},
                      {"PROXY_PROTOCOL", Error::proxy_protocol},
                      {"PROXY_TIMEOUT", Error::proxy_timeout},
                      {"BODY_GONE", Error::body_gone},
                      {"NO_ROUTE", Error::no_route},
                      {"TOO_MANY_FIELDS", Error::too_many_fields},
                      {"TOO_MANY_INTERIM", Error::too_many_interim},
                      {"MALFORMED_FIELD", Error::malformed_field},
                      {"INCOMPLETE_HEAD", Error::incomplete_head},
                      {"UNASKED_RESPONSE", Error::unasked_response},
                      {"UNSENDABLE_HEAD", Error::unsendable_head}});
}

void bind_outcomes(py::module_& core)
{
    using client::Outcome;
    bind_enum<Outcome>(core, "Outcome", "enum.Enum",
                       "As what a request is recorded behind a `with` block.",
                       {{"SUCCESS", Outcome::success},
                        {"FAILURE", Outcome::failure},
                        {"BY_STATUS", Outcome::by_status},
                        {"BY_EXCEPTION", Outcome::by_exception}});
}

// Header fields as lines, each through the gate; ValueError in http.client's words.
py::bytes field_lines(const std::vector<std::pair<py::bytes, py::bytes>>& fields)
{
    std::string lines;
    for (const auto& [name, value] : fields) {
        const std::string_view name_text = name, value_text = value;
        if (!http::is_field_name(name_text))
            throw py::value_error("Invalid header name " + std::string(py::repr(name)));
        if (!http::is_field_value(value_text))
            throw py::value_error("Invalid header value " + std::string(py::repr(value)));
        lines.append(name_text).append(": ").append(value_text).append("\r\n");
    }
    return lines;
}

// (url, tls, host, port, target, fragment), or None
py::object given_url(std::string_view url, std::optional<std::string_view> query,
                     http::Dialect dialect, const py::object& speller)
{
    http::GivenUrl read;
    if (!read.read(url, query, dialect)) {
        const auto said = read.odd_host.empty() || speller.is_none()
                              ? py::none()
                              : speller(py::str(read.odd_host));
        if (said.is_none())
            return py::none();
        const auto [name, shown] = said.cast<std::pair<std::string, std::string>>();
        const http::SpelledHost host{name, shown};
        if (!read.read(url, query, dialect, &host))
            return py::none();
    }
    return py::make_tuple(read.text, read.origin.tls, read.origin.host, read.origin.port,
                          read.target, read.fragment);
}

py::bytes decode_content(const std::string& coding, const py::bytes& body)
{
    std::string plain;
    const std::size_t most = engine_of_process().settings()->limits.body;
    if (const auto error = http::decode_content(coding, std::string_view(body), plain, most))
        throw py::value_error(error.message());
    return plain;
}

}  // namespace

void bind_http(py::module_& core)
{
    bind_request_enums(core);
    bind_failure_enums(core);
    bind_outcomes(core);
    core.def(
        "set_response_limits",
        [](std::uint32_t head, std::uint32_t fields, std::size_t body, std::uint32_t interim) {
            engine_of_process().change([&](engine::Settings& settings) {
                settings.limits = {
                    .head = head, .fields = fields, .body = body, .interim = interim};
            });
        },
        py::kw_only(), py::arg("head"), py::arg("fields"), py::arg("body"), py::arg("interim"),
        "How much of an answer is taken in: bytes of head and body, header fields, 1xx answers.");
    core.def("response_limits", [] {
        const http::Limits limits = engine_of_process().settings()->limits;
        return py::dict(py::arg("head") = limits.head, py::arg("fields") = limits.fields,
                        py::arg("body") = limits.body, py::arg("interim") = limits.interim);
    });
    core.def("field_lines", &field_lines, py::arg("fields"), py::pos_only(),
             "Header fields, pairs of bytes, as lines.");
    core.def("given_url", &given_url, py::arg("url"), py::arg("query"), py::arg("dialect"),
             py::arg("speller") = py::none(), py::pos_only(),
             "Where a URL leads, as (url, tls, host, port, target, fragment); None where only the "
             "client's library has the rules. speller: asked for (where to connect, what is shown) "
             "of an odd host.");
    core.def(
        "is_plain_host",
        [](std::string_view field) { return http::host_of_field(field).has_value(); },
        py::arg("field"), py::pos_only(),
        "Whether a Host field says whose cookies are meant; else only http.cookiejar knows.");
    core.def("decode_content", &decode_content, py::arg("coding"), py::arg("body"),
             "A whole body without its Content-Encoding; ValueError where it does not decode.");
}

}  // namespace locustella::bindings
