#include "http/multipart.hpp"

#include <algorithm>
#include <array>

namespace locustella::http {
namespace {

// RequestField.make_multipart() sets these itself.
bool is_of_urllib3(std::string_view name)
{
    static constexpr std::array<std::string_view, 3> names = {"Content-Disposition", "Content-Type",
                                                              "Content-Location"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

void MultipartForm::quote(std::string_view text)
{
    out_.push_back('"');
    for (const char c : text) {
        if (c == '"')
            out_.append("%22");
        else if (dialect_ == Dialect::requests && c == '\n')
            out_.append("%0A");
        else if (dialect_ == Dialect::requests && c == '\r')
            out_.append("%0D");
        else
            out_.push_back(c);
    }
    out_.push_back('"');
}

void MultipartForm::add_line(std::string_view name, std::string_view value)
{
    out_.append(name).append(": ").append(value).append("\r\n");
}

void MultipartForm::begin_part(std::string_view name, std::optional<std::string_view> filename)
{
    out_.append("--").append(boundary_).append("\r\nContent-Disposition: form-data; name=");
    quote(name);
    if (filename) {
        out_.append("; filename=");
        quote(*filename);
    }
    out_.append("\r\n");
}

void MultipartForm::add_field(std::string_view name, std::string_view value)
{
    begin_part(name, std::nullopt);
    out_.append("\r\n").append(value).append("\r\n");
}

void MultipartForm::add_file(const File& file, std::string_view content)
{
    const bool as_requests = dialect_ == Dialect::requests;
    begin_part(file.name, file.filename);
    if (file.type && !(as_requests && file.type->empty()))
        add_line("Content-Type", *file.type);
    for (const auto& [name, value] : file.more)
        if (!as_requests || (!value.empty() && !is_of_urllib3(name)))
            add_line(name, value);
    out_.append("\r\n").append(content).append("\r\n");
}

void MultipartForm::finish()
{
    out_.append("--").append(boundary_).append("--\r\n");
}

std::string boundary_of(std::string_view random)
{
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(random.size() * 2);
    for (const char c : random) {
        const auto byte = static_cast<unsigned char>(c);
        text.append({digits[byte >> 4], digits[byte & 15]});
    }
    return text;
}

}  // namespace locustella::http
