// A form with files, as both of Locust's clients write it.
//
//   std::string body;
//   MultipartForm form(Dialect::requests, boundary_of(random), body);
//   form.add_field("kind", "invoice");
//   form.add_file({.name = "file", .filename = "a.pdf", .type = "application/pdf"}, content);
//   form.finish();
//   form.content_type()                  // "multipart/form-data; boundary=..."
//
// grammar (RFC 7578; text is UTF-8):
//   body         *part "--" boundary "--" CRLF
//   part         "--" boundary CRLF disposition [ type ] *more CRLF content CRLF
//   disposition  "Content-Disposition: form-data; name=" quoted [ "; filename=" quoted ] CRLF
//   type         "Content-Type: " text CRLF
//   quoted       DQUOTE *( any byte; a quote, and in requests' dialect a line end, is escaped as in
//                a URL ) DQUOTE
//
// What a file says in fields of its own goes out behind these, in its order. In requests' dialect
// those that are empty are left out, and those that urllib3 sets itself.
//
// Thread: any one at a time.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "http/dialect.hpp"

namespace locustella::http {

class MultipartForm {
public:
    struct File {
        std::string_view name;
        std::optional<std::string_view> filename;
        std::optional<std::string_view> type;
        std::span<const std::pair<std::string, std::string>> more = {};
    };

    // Behind what is in `out`.
    MultipartForm(Dialect dialect, std::string boundary, std::string& out)
        : dialect_(dialect),
          boundary_(std::move(boundary)),
          out_(out)
    {
    }

    void add_field(std::string_view name, std::string_view value);
    void add_file(const File& file, std::string_view content);
    void finish();

    std::string content_type() const { return "multipart/form-data; boundary=" + boundary_; }

private:
    void begin_part(std::string_view name, std::optional<std::string_view> filename);
    void add_line(std::string_view name, std::string_view value);
    void quote(std::string_view text);

    Dialect dialect_;
    std::string boundary_;
    std::string& out_;
};

// Of random bytes: their digits.
std::string boundary_of(std::string_view random);

}  // namespace locustella::http
