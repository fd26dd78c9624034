// The body as text, where the header says plainly how it is encoded.
//
// requests' rules (get_encoding_from_headers): the charset that Content-Type names; without one,
// text/... is ISO-8859-1 and application/json is UTF-8. Anything else takes Python, which may have
// to guess.
//
// Thread: the hub's, with the GIL held.
#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>

#include <optional>
#include <string_view>

#include "http/header_block.hpp"
#include "response/response_object.hpp"
#include "utf8.hpp"

namespace locustella::bindings {
namespace {

enum class Charset : std::uint8_t { unknown, utf_8, latin_1 };

std::string_view without(std::string_view text, std::string_view unwanted)
{
    const auto first = text.find_first_not_of(unwanted);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(unwanted) - first + 1);
}

Charset named(std::string_view charset)
{
    for (const std::string_view name : {"utf-8", "utf8"})
        if (http::equal_ignoring_case(charset, name))
            return Charset::utf_8;
    for (const std::string_view name : {"iso-8859-1", "latin-1", "latin1"})
        if (http::equal_ignoring_case(charset, name))
            return Charset::latin_1;
    return Charset::unknown;
}

Charset charset_of(std::string_view content_type)
{
    auto rest = content_type;
    const auto type = rest.substr(0, rest.find(';'));
    while (rest.find(';') != std::string_view::npos) {
        rest.remove_prefix(rest.find(';') + 1);
        const auto parameter = rest.substr(0, rest.find(';'));
        const auto equals = parameter.find('=');
        const auto key = without(parameter.substr(0, equals), "\"' \t");
        if (http::equal_ignoring_case(key, "charset"))
            return equals == std::string_view::npos
                       ? Charset::unknown
                       : named(without(parameter.substr(equals + 1), "\"' \t"));
    }
    if (type.find("text") != std::string_view::npos)
        return Charset::latin_1;
    return type.find("application/json") != std::string_view::npos ? Charset::utf_8
                                                                   : Charset::unknown;
}

}  // namespace

PyObject* response_text(PyObject* object, PyObject*)
{
    auto* self = as_response(object);
    const auto touched = [&](const char* name) {
        return self->attributes ? PyDict_GetItemString(self->attributes, name) : nullptr;
    };
    PyObject* given = touched("_content");  // read from a stream, or assigned
    if (!self->session || self->failure || touched("encoding") ||
        (given ? !PyBytes_CheckExact(given) : self->streamed != nullptr))
        Py_RETURN_NONE;
    std::optional<std::string_view> content_type;
    for (const auto& [name, value] : http::HeaderBlock(self->response.head())) {
        if (!http::equal_ignoring_case(name, "content-type"))
            continue;
        if (content_type)
            Py_RETURN_NONE;  // each of Locust's clients makes something else of two
        content_type = value;
    }
    const auto body = given ? bytes_in(given) : self->response.body();
    const auto size = static_cast<Py_ssize_t>(body.size());
    switch (content_type ? charset_of(*content_type) : Charset::unknown) {
    case Charset::utf_8: return PyUnicode_DecodeUTF8(body.data(), size, "replace");
    case Charset::latin_1: return PyUnicode_DecodeLatin1(body.data(), size, "replace");
    case Charset::unknown: break;
    }
    Py_RETURN_NONE;
}

}  // namespace locustella::bindings
