// Forms with files, byte for byte as urllib3 and geventhttpclient write them.
#include "http/multipart.hpp"

#include <gtest/gtest.h>

#include <string>

namespace locustella::http {
namespace {

std::string file_in(Dialect dialect, const MultipartForm::File& file)
{
    std::string out;
    MultipartForm(dialect, "b", out).add_file(file, "content");
    return out;
}

TEST(MultipartForm, FieldsFilesAndTheEnd)
{
    std::string out = "before ";
    MultipartForm form(Dialect::requests, "b", out);
    form.add_field("kind", "invoice");
    form.add_file({.name = "f", .filename = "a.txt", .type = "text/plain"},
                  std::string("\0\r\n", 3));
    form.finish();
    EXPECT_EQ(out, std::string("before --b\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\n"
                               "invoice\r\n--b\r\nContent-Disposition: form-data; name=\"f\"; "
                               "filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n") +
                       std::string("\0\r\n", 3) + "\r\n--b--\r\n");
    EXPECT_EQ(form.content_type(), "multipart/form-data; boundary=b");
}

TEST(MultipartForm, NothingAtAll)
{
    std::string out;
    MultipartForm(Dialect::requests, "b", out).finish();
    EXPECT_EQ(out, "--b--\r\n");
}

TEST(MultipartForm, NamesAreEscapedByDialect)
{
    const MultipartForm::File file{.name = "q\"\r\n\\", .filename = "\xc3\xbc\"", .type = {}};
    EXPECT_EQ(file_in(Dialect::requests, file),
              "--b\r\nContent-Disposition: form-data; name=\"q%22%0D%0A\\\"; "
              "filename=\"\xc3\xbc%22\"\r\n\r\ncontent\r\n");
    EXPECT_EQ(file_in(Dialect::geventhttpclient, file),
              "--b\r\nContent-Disposition: form-data; name=\"q%22\r\n\\\"; "
              "filename=\"\xc3\xbc%22\"\r\n\r\ncontent\r\n");
}

TEST(MultipartForm, WhatAFileSaysBeside)
{
    const std::pair<std::string, std::string> more[] = {
        {"X-One", "1"}, {"X-Empty", ""}, {"Content-Type", "own"}};
    const MultipartForm::File file{.name = "f", .filename = {}, .type = "", .more = more};
    const std::string head = "--b\r\nContent-Disposition: form-data; name=\"f\"\r\n";
    EXPECT_EQ(file_in(Dialect::requests, file), head + "X-One: 1\r\n\r\ncontent\r\n");
    EXPECT_EQ(file_in(Dialect::geventhttpclient, file),
              head +
                  "Content-Type: \r\nX-One: 1\r\nX-Empty: \r\nContent-Type: own\r\n\r\n"
                  "content\r\n");
}

TEST(MultipartForm, BoundariesAreDigits)
{
    EXPECT_EQ(boundary_of(std::string("\0\x1f\xff", 3)), "001fff");
}

}  // namespace
}  // namespace locustella::http
