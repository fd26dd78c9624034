#include "call/call_url.hpp"

#include "body/body_text.hpp"
#include "call/plain_call.hpp"
#include "http/url_quoting.hpp"
#include "utf8.hpp"

namespace locustella::bindings {
namespace {

using http::ByteSet;

constexpr ByteSet of_plain_paths = http::unreserved.with("!$&'()*+,;=:@/?");

// Paths that mean the same to every URL parser: nothing to quote, normalise or split off.
bool is_plain_path(std::string_view path)
{
    if (path.empty() || path.front() != '/' || path.starts_with("//") ||
        !of_plain_paths.has_all_of(path))
        return false;
    if (path.find("/.") != std::string_view::npos)
        return false;
    const auto question = path.find('?');
    const bool empty_query = question + 1 == path.size();
    return !empty_query && !path.substr(0, question).ends_with(';');
}

// Text that requests would send as it is, and nothing that it would put right.
bool append_encoded(std::string& out, PyObject* text)
{
    constexpr ByteSet as_is = of_plain_paths;
    const auto whole = utf8_of(text);
    if (!whole || !as_is.has_all_of(*whole))
        return false;
    out.append(*whole);
    return true;
}

// requests' merge_setting(): a dict of the call's goes over the session's, all else but nothing
// stands in its place.
bool append_params(std::string& out, PyObject* params, PyObject* of_session)
{
    const int said = params ? PyObject_IsTrue(params) : 0;  // of an exact type
    if (of_session && !said)
        return append_form(out, of_session, Pairs::spread);
    if (of_session && PyDict_CheckExact(params))
        return append_merged_form(out, of_session, params);
    if (!params)
        return true;
    if (PyUnicode_CheckExact(params))
        return append_encoded(out, params);
    return append_form(out, params, Pairs::spread);
}

}  // namespace

bool CallUrl::read(const Caller& caller, const client::Profile& profile, const PlainCall& call)
{
    const bool fast = profile.dialect == http::Dialect::geventhttpclient;
    const bool quotes_later = fast && call.params && PyUnicode_CheckExact(call.params);
    const auto text = quotes_later ? utf8_of(call.params) : std::nullopt;
    query_ = text.value_or("");
    if (quotes_later ? !text : !append_params(query_, call.params, caller.params))
        return false;
    adds_query_ = !query_.empty() || (fast && call.params);
    const bool joins = fast && profile.base_path.ends_with('/');  // two slashes, perhaps
    if (joins || !is_plain_path(call.url_text) ||
        (quotes_later && !of_plain_paths.has_all_of(query_)))
        return spell(caller.base_url, profile, call.url_text);
    path_ = call.url_text;
    return true;
}

bool CallUrl::spell(PyObject* base_url, const client::Profile& profile, std::string_view url)
{
    std::string whole;
    if (!http::behind_scheme(url)) {  // no URL of its own
        const auto base = utf8_of(base_url);
        if (!base)
            return false;
        whole.assign(*base).append(url);
        url = whole;
    }
    const auto query = adds_query_ ? std::optional<std::string_view>(query_) : std::nullopt;
    if (!spelled_.emplace().read(url, query, profile.dialect))
        return false;
    return spelled_->origin == profile.origin || !profile.names_host ||
           profile.dialect == http::Dialect::geventhttpclient;  // see other_host()
}

void CallUrl::address(const client::Profile& profile, client::Verb verb, const PlainCall& call,
                      http::Request& request) const
{
    profile.address(request, verb, path_);
    if (call.says_redirects)
        request.follow = profile.follow && call.redirects;
    if (spelled_) {
        request.origin = spelled_->origin;
        request.target = spelled_->target;
        request.fragment = spelled_->fragment;
    } else if (adds_query_) {
        const bool more = request.target.find('?') != std::string::npos;
        if (more || !query_.empty())
            request.target.push_back(more ? '&' : '?');
        request.target.append(query_);
    }
}

std::string CallUrl::other_host(const client::Profile& profile) const
{
    if (!spelled_ || !profile.names_host || spelled_->origin == profile.origin)
        return {};
    return "Host: " + spelled_->origin.host_header(profile.dialect) + "\r\n";
}

}  // namespace locustella::bindings
