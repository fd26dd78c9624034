#include "call/call_url.hpp"

#include <map>
#include <utility>

#include "body/body_text.hpp"
#include "call/plain_call.hpp"
#include "http/header_block.hpp"
#include "http/url_quoting.hpp"
#include "references.hpp"
#include "utf8.hpp"

namespace locustella::bindings {
namespace {

using http::ByteSet;

constexpr ByteSet of_plain_paths = http::unreserved.with("!$&'()*+,;=:@/?");
constexpr std::size_t most_hosts = 1000;  // then all are asked about anew

struct Names {
    PyObject *spelled_host, *auth;
} names;

using SpelledHosts = std::map<std::string, std::optional<http::SpelledHost>, std::less<>>;

// What Python has said of odd hosts, of all sessions; nothing: that it is no host, or an error.
SpelledHosts& spelled_hosts(http::Dialect dialect)
{
    static auto& of_requests = *new SpelledHosts;
    static auto& of_geventhttpclient = *new SpelledHosts;
    return dialect == http::Dialect::requests ? of_requests : of_geventhttpclient;
}

// From (where to connect, what is shown) of Python. False with an error set.
bool ask_for_host(PyObject* session, std::string_view host, std::optional<http::SpelledHost>& into)
{
    const auto text =
        owned(PyUnicode_DecodeUTF8(host.data(), static_cast<Py_ssize_t>(host.size()), nullptr));
    const auto said =
        text ? owned(PyObject_CallMethodOneArg(session, names.spelled_host, text.ptr()))
             : pybind11::object();
    if (!said || said.is_none())
        return static_cast<bool>(said);
    const char* name;
    const char* shown;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(said.ptr(), "sy#", &name, &shown, &size))
        return false;
    into = http::SpelledHost{name, std::string(shown, static_cast<std::size_t>(size))};
    return true;
}

// nullptr: there is none, with or without an error set.
const http::SpelledHost* spelled_host(PyObject* session, http::Dialect dialect,
                                      std::string_view host)
{
    SpelledHosts& known = spelled_hosts(dialect);
    auto found = known.find(host);
    if (found == known.end()) {
        std::optional<http::SpelledHost> said;
        if (!ask_for_host(session, host, said))
            return nullptr;
        if (known.size() >= most_hosts)
            known.clear();
        found = known.insert_or_assign(std::string(host), std::move(said)).first;
    }
    return found->second ? &*found->second : nullptr;
}

// requests' prepare_auth(): the URL's login, where neither the call nor the session has any. False
// with an error set.
bool log_in(PyObject* session, std::string_view userinfo, PlainCall& call)
{
    const auto login = call.auth ? std::nullopt : http::login_of(userinfo);
    if (!login)
        return true;
    const auto of_session = owned(PyObject_GetAttr(session, names.auth));
    if (!of_session || !of_session.is_none())
        return static_cast<bool>(of_session);
    const auto& [user, word] = *login;
    auto pair = owned(PyTuple_New(2));
    for (Py_ssize_t at = 0; pair && at < 2; ++at) {
        const std::string& part = at == 0 ? user : word;
        PyObject* text = PyUnicode_DecodeUTF8(part.data(), static_cast<Py_ssize_t>(part.size()),
                                              "replace");  // as unquote() has it
        if (!text)
            return false;
        PyTuple_SET_ITEM(pair.ptr(), at, text);
    }
    if (!pair)
        return false;
    call.auth = call.made.emplace_back(std::move(pair)).ptr();
    return true;
}

// A name of IDNA may stand in the Host as it is looked up, or as it was given.
bool shows_host_of(const client::Profile& profile, const http::GivenUrl& url)
{
    if (url.origin != profile.origin || (url.shown_host.empty() && !profile.joins))
        return true;
    return http::HeaderBlock(profile.fields).find("host") == url.host_header(profile.dialect);
}

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

bool CallUrl::read(const Caller& caller, const client::Profile& profile, PlainCall& call)
{
    const bool fast = profile.dialect == http::Dialect::geventhttpclient;
    const bool quotes_later = fast && call.params && PyUnicode_CheckExact(call.params);
    const auto text = quotes_later ? utf8_of(call.params) : std::nullopt;
    query_ = text.value_or("");
    if (quotes_later ? !text : !append_params(query_, call.params, caller.params))
        return false;
    adds_query_ = !query_.empty() || (fast && call.params);
    if (profile.joins || !is_plain_path(call.url_text) ||
        (quotes_later && !of_plain_paths.has_all_of(query_)))
        return spell(caller, profile, call);
    path_ = call.url_text;
    return true;
}

bool CallUrl::spell(const Caller& caller, const client::Profile& profile, PlainCall& call)
{
    std::string_view url = call.url_text;
    std::string whole;
    if (!http::behind_scheme(url)) {  // no URL of its own
        const auto base = utf8_of(caller.base_url);
        if (!base)
            return false;
        whole.assign(*base).append(url);
        url = whole;
    }
    const auto query = adds_query_ ? std::optional<std::string_view>(query_) : std::nullopt;
    const auto dialect = profile.dialect;
    http::GivenUrl& spelled = spelled_.emplace();
    if (!spelled.read(url, query, dialect)) {
        const auto* host = spelled.odd_host.empty()
                               ? nullptr
                               : spelled_host(caller.session, dialect, spelled.odd_host);
        if (!host || !spelled.read(url, query, dialect, host))
            return false;
    }
    if (dialect == http::Dialect::geventhttpclient)
        return shows_host_of(profile, spelled);
    return log_in(caller.session, spelled.userinfo, call) &&
           (spelled.origin == profile.origin || !profile.names_host);
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
    return "Host: " + spelled_->host_header(profile.dialect) + "\r\n";
}

bool make_url_names()
{
    names = {PyUnicode_InternFromString("_spelled_host"), PyUnicode_InternFromString("auth")};
    return !PyErr_Occurred();
}

}  // namespace locustella::bindings
