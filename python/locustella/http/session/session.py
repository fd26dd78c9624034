"""`requests.Session` on native connections.

    session = NativeSession("http://shop.test")
    response = session.get("/products", params={"page": 2})     # a requests.Response
    response.raise_for_status()

A request takes one of three paths, each wider and dearer than the one before:

1. the plain path, in C (bindings/session_type.cpp): no Python runs
2. the full path, `_exchange` and `_send`: Python encodes the request, the core sends it, follows
redirects and
   keeps cookies. Where redirects need more than the core knows (cookies of the request's own, a
   Host field, proxies, .netrc, adapters of somebody's own) it sends one hop, and only if that is a
   redirect `requests`' code goes on from there
3. the slow path: `requests`' own session code, over the session's NativeAdapter or whatever else
   is mounted (slow_path.py)

Errors are `requests`' exceptions. Thread: the hub's; a session belongs to the thread that used it
first. A session holds no dict, jar or adapter before somebody asks for it: a user costs little.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import requests
from requests import sessions
from requests.cookies import MockRequest, MockResponse, RequestsCookieJar
from requests.hooks import default_hooks
from requests.models import PreparedRequest, Response
from requests.sessions import Session as PlainSession
from requests.sessions import merge_setting
from requests.structures import CaseInsensitiveDict
from requests.utils import check_header_validity, to_key_val_list, to_native_string

from ... import _core
from ..._core import CookieKeeper, Dialect, HostField, Route
from .. import ways
from ..cookies import SessionCookieJar, cookie_line, jar_with
from ..errors import requests_error
from ..field_templates import Row
from ..header_fields import with_brotli, without_brotli
from ..patches import foreign, found
from ..request_encoding import (
    body_bytes,
    checked_method,
    framed,
    header_lines,
    in_chunks,
    is_redirect_limit,
    pieces_of,
    redirect_limit,
    timeouts,
)
from ..shared_profiles import shared_route
from ..tls import check_files, tls_arguments, warn_of_no_verification
from ..urls import Place, environment_has_netrc, parts_of, prepare_url, spelled_host
from . import wire_log
from .adapter import NativeAdapter
from .attributes import SessionAdapters, does_what_the_core_does
from .call_routes import may_have_proxies, route_of, routes_in_environment, routes_of_call
from .credentials import authorization, native_auth
from .own_attributes import computed_attribute, give_own, settle
from .profile import check_headers, configure, field_template, overridden_step
from .raw import message_of
from .response import NativeResponse, first_request
from .slow_path import counted, redirects_on_the_slow_path, sent_on_the_slow_path


class Outgoing(NamedTuple):
    """A request that is worked out: its headers, how many of them stand before a Cookie, and its
    body.
    """

    headers: CaseInsensitiveDict[Any]
    first: int
    body: Any  # as the script gave it, or what `requests` has made of it
    wire: Any  # bytes, or an iterator of bytes
    position: Any = None  # where a file stood, for a redirect that sends it again


def _default_fields() -> tuple[tuple[str, str], ...]:
    return _fields_of(sessions.default_headers)  # which a script may have replaced


@lru_cache(maxsize=8)
def _fields_of(default_headers: Any) -> tuple[tuple[str, str], ...]:
    return tuple(with_brotli(default_headers()).items())


class NativeSession(_core.SessionBase, PlainSession):  # type: ignore[misc]  # verbs take more
    """A `requests.Session` whose requests go out natively. `base_url` goes before every path."""

    _dialect = Dialect.REQUESTS
    _response_class: type[NativeResponse] = NativeResponse
    _named_as = "Session"  # in the words of a TypeError
    # What the verbs' methods say to request() where the caller has not.
    _said_by_verbs: Mapping[str, Mapping[str, Any]] = {
        "GET": {"allow_redirects": True}, "OPTIONS": {"allow_redirects": True},
        "HEAD": {"allow_redirects": False}, "POST": {"data": None, "json": None},
        "PUT": {"data": None}, "PATCH": {"data": None},
    }  # fmt: skip
    auth: Any = None
    stream: Any = False
    verify: Any = True
    cert: Any = None
    source_ip: str = ""  # where connections leave from; empty: as --source-ip says
    max_redirects: int = requests.models.DEFAULT_REDIRECT_LIMIT
    #: Resume TLS sessions on new connections. Stock Locust never does; it costs the server less.
    tls_resumption: bool = False

    def __init__(self, base_url: str | None = "") -> None:
        if foreign(PlainSession, ("__init__",)):
            PlainSession.__init__(self)
        give_own(self)
        self.base_url = base_url or ""

    # -- attributes made when they are touched ----------------------------------------------------

    if not TYPE_CHECKING:  # to a checker, any misspelled attribute would be there

        def __getattr__(self, name: str) -> Any:
            if name not in _MAKERS:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            value = self._made(name)
            object.__setattr__(self, name, value)
            return value

    def _made(self, name: str) -> Any:
        return _MAKERS[name](self)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "cookies":
            value = SessionCookieJar.replacing(self, value)
        object.__setattr__(self, name, value)

    def __getstate__(self) -> Any:
        named = [name for name in self.__attrs__ if name in self.__dict__ or name not in _MAKERS]
        state: dict[str, Any] = {
            name: getattr(self, name, None) for name in (*named, "cookies")
        }
        for name in state.keys() & {"headers", "cookies"}:
            state[name] = state[name].copy() if hasattr(state[name], "copy") else state[name]
        return state | {"base_url": self.base_url}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(
                self, name, SessionAdapters.of(self, value.items()) if name == "adapters" else value
            )

    # -- what the plain path works from ------------------------------------------------------------

    def _configure(self) -> None:
        """Called by the core before the next request after a change: sets the profile."""
        configure(self)

    def _field_template(
        self, method: str, kind: str, lines: bytes, login: bytes
    ) -> list[Row] | None:
        """Called by the core, once for each kind of request: its fields. See field_templates.py."""
        return field_template(method, kind, lines, login)

    def _routes_of_call(self, *said: Any) -> Any:
        """Called by the core, once for what calls say and each host over TLS that they go to."""
        return routes_of_call(self, *said)

    def _routes_in_environment(self, *said: Any) -> Any:
        """The same for each place, where the environment names proxies."""
        return routes_in_environment(self, *said)

    _spelled_host = staticmethod(spelled_host)  # which the core asks once for each odd one

    # -- one request -------------------------------------------------------------------------------

    def request(
        self, method: Any, url: Any, params: Any = None, data: Any = None, headers: Any = None,
        cookies: Any = None, files: Any = None, auth: Any = None, timeout: Any = None,
        allow_redirects: bool = True, proxies: Any = None, hooks: Any = None, stream: Any = None,
        verify: Any = None, cert: Any = None, json: Any = None,
    ) -> Any:  # fmt: skip
        """Sends a request as `requests.Session.request` does, and raises what that raises."""
        response = self._request_plainly(
            method, url, params=params, data=data, headers=headers, cookies=cookies, files=files,
            auth=auth, timeout=timeout, allow_redirects=allow_redirects, proxies=proxies,
            hooks=hooks, stream=stream, verify=verify, cert=cert, json=json,
        )  # fmt: skip
        if response is not NotImplemented:
            return response
        response = self._exchange(
            method, self._build_url(url), params=params, data=data, headers=headers,
            cookies=cookies, files=files, auth=auth, timeout=timeout,
            allow_redirects=allow_redirects, proxies=proxies, hooks=hooks, stream=stream,
            verify=verify, cert=cert, json=json,
        )  # fmt: skip
        if ways.are_counted() and response.slow_times is None:
            ways.worked_out(self, method, url, {
                "params": params, "data": data, "headers": headers, "cookies": cookies,
                "files": files, "auth": auth, "timeout": timeout, "proxies": proxies,
                "allow_redirects": allow_redirects, "hooks": hooks, "stream": stream,
                "verify": verify, "cert": cert, "json": json,
            })  # fmt: skip
        if response.error is not None:
            raise response.error
        return response

    def _build_url(self, path: Any) -> Any:
        if isinstance(path, bytes):
            path = path.decode("utf-8")
        text = str(path)
        if text[:7].lower() == "http://" or text[:8].lower() == "https://":
            return text
        return f"{self.base_url}{text}"

    @staticmethod
    def _error_of(response: NativeResponse) -> requests.RequestException | None:
        """What failed; a bad status is no error."""
        failure = response._native_failure()
        return requests_error(response, failure) if failure else None

    def _finish(
        self, response: NativeResponse, method: str, path: str, name: str | None,
        catch_response: bool, stream: bool,
    ) -> NativeResponse:  # fmt: skip
        """Called by the core at the end of a plain request that it did not record itself."""
        if response.error is not None:
            raise response.error
        return response

    def _exchange(
        self, method: Any, url: str, _entry: str | None = None, **arguments: Any
    ) -> NativeResponse:
        """One request to a whole URL. A failed one has its exception in `.error`.

        `_entry`: where the core may record a success that nobody else has to judge; "": by its
        path.
        """
        settle(self)
        if isinstance(jar := self.__dict__.get("cookies"), SessionCookieJar):
            jar.hand_on_changes()
        reason = self._needs_python(arguments)
        if reason is not None or (reason := self._foreign_adapter(url, arguments)):
            return sent_on_the_slow_path(self, reason, method, url, arguments)
        if unknown := arguments.keys() - _ARGUMENTS:
            raise TypeError(
                f"Session.request() got an unexpected keyword argument {min(unknown)!r}"
            )
        method = to_native_string(method.upper())
        place = prepare_url(url, self._merged_params(arguments.get("params")))
        route = route_of(self, place, arguments)
        if route is None:
            return sent_on_the_slow_path(
                self, "a proxy that the core does not speak to", method, url, arguments
            )
        out = self._encode(method, place, arguments)
        if _entry == "":
            _entry = parts_of(place.url)[3]
        return self._send_native(method, place, arguments, out, route, _entry)

    def send(self, request: PreparedRequest, **kwargs: Any) -> Response:
        """Sends a prepared request as `requests.Session.send` does."""
        with counted("send() of a prepared request"):
            if not self._has_only_own_adapters():
                without_brotli(request.headers)  # urllib3 may be the one that decodes the answer
            return PlainSession.send(self, request, **kwargs)

    def _merged_params(self, params: Any) -> Any:
        own = self.__dict__.get("params")
        return merge_setting(params or {}, own) if own else params

    def _needs_python(self, arguments: dict[str, Any]) -> str | None:
        """Why `requests`' own code has to see this request, or None."""
        own = self.__dict__
        if arguments.get("hooks") or (
            "hooks" in own and own["hooks"] and any(own["hooks"].values())
        ):
            return "response hooks"
        if native_auth(arguments.get("auth"), self.auth) is None:
            return "an authentication class"
        if self._has_foreign_jar():
            return "a cookie jar of another class or session"
        patched = found()
        if reason := patched.session or patched.transport:
            return reason
        if not is_redirect_limit(self.max_redirects):
            return "a max_redirects that is no number"
        if name := computed_attribute(type(self)):
            return f"a {name} that is worked out when it is asked for"
        step = overridden_step(self)
        return f"an overridden {step}()" if step else None

    def _has_foreign_jar(self) -> bool:
        jar = self.__dict__.get("cookies")
        return jar is not None and SessionCookieJar.served(jar) is not self

    def _foreign_adapter(self, url: Any, arguments: dict[str, Any]) -> str | None:
        """The reason for the slow path if another adapter than the core is mounted for this URL."""
        if self._has_only_own_adapters():
            return None
        prepared = PreparedRequest()
        prepared.prepare_url(url, self._merged_params(arguments.get("params")))
        adapter = PlainSession.get_adapter(self, str(prepared.url))
        return None if does_what_the_core_does(adapter, self) else "a mounted adapter"

    def _has_only_own_adapters(self) -> bool:
        adapters = self.__dict__.get("adapters")
        return adapters is None or (
            len(adapters) == 2 and "http://" in adapters and "https://" in adapters
            and all(does_what_the_core_does(adapter, self) for adapter in adapters.values())
        )  # fmt: skip

    def _encode(self, method: str, place: Place, arguments: dict[str, Any]) -> Outgoing:
        prepared = PreparedRequest()
        prepared.url = place.url
        headers = prepared.headers = self._merged_headers(arguments.get("headers"))
        prepared.method = method
        first = len(headers)
        data, json, files = arguments.get("data"), arguments.get("json"), arguments.get("files")
        if data or files or json is not None:
            prepared.prepare_body(data or {}, files, json)
        elif method not in ("GET", "HEAD"):
            headers["Content-Length"] = headers.get("Content-Length", "0")
        wire: bytes | Iterator[bytes] | None = body_bytes(prepared.body)
        if wire is None:
            wire = pieces_of(prepared.body)
        if credentials := authorization(self, place, arguments.get("auth")):
            headers["Authorization"] = credentials
        return Outgoing(headers, first, prepared.body, wire, prepared._body_position)

    def _merged_headers(self, headers: Any, check: bool = True) -> CaseInsensitiveDict[Any]:
        given = list(headers.items() if isinstance(headers, Mapping) else headers or ())
        own = self.__dict__.get("headers", _UNTOUCHED)
        if own is _UNTOUCHED:
            merged = CaseInsensitiveDict(_default_fields())
        else:  # whatever the script has made of it: a dict of its own, pairs, None
            own = to_key_val_list(own) or ()
            merged = CaseInsensitiveDict((to_native_string(name), value) for name, value in own)
            if check and not given:
                check_headers(merged)
        for name, value in given:
            merged[to_native_string(name)] = value
        for name in [name for name, value in merged.items() if value is None]:
            del merged[name]
        if given:  # in the order in which they go out: the first that cannot is named
            for header in merged.items():
                check_header_validity(header)
        return merged

    def _send_native(
        self, method: str, place: Place, arguments: dict[str, Any], out: Outgoing, route: Route,
        entry: str | None,
    ) -> NativeResponse:
        """One exchange, with its redirects and cookies in the core as far as it knows all about
        them.
        """
        headers, timeout = out.headers, arguments.get("timeout")
        verify, cert = self._verify_and_cert(arguments)
        check_files(place.tls, verify, cert)
        if place.tls and not verify:
            warn_of_no_verification(place.host)
        before, behind = header_lines(method, headers, out.body, out.first)
        cookies, jar = CookieKeeper.CALLER if "cookie" in headers else CookieKeeper.JAR, None
        # the core knows neither such cookies nor such hosts
        if "host" in headers or arguments.get("cookies"):
            cookies = CookieKeeper.NOBODY if "host" in headers else CookieKeeper.CALLER
            jar = jar_with(self.cookies, arguments.get("cookies"))
            before += cookie_line(place.url, headers, jar)
        allowed = arguments.get("allow_redirects", True)
        uploads = not isinstance(out.wire, bytes)  # a redirect may want it from the beginning
        hops = bool(allowed and (jar is not None or uploads or self._hops_singly(place, arguments)))
        stream = arguments.get("stream")
        stream = bool(self.stream if stream is None else stream)
        connect, read = timeouts(timeout)
        method = checked_method(method)  # as late as http.client does it
        response = self._send(
            method=method, place=place, fields=before + behind, cookie_at=len(before),
            body=framed(headers, out.body, out.wire), chunked=in_chunks(headers, out.wire),
            host=HostField.CALLERS if "host" in headers else HostField.ADDED, cookies=cookies,
            stream=stream, dialect=self._dialect, follow=bool(allowed and not hops),
            max_redirects=redirect_limit(self.max_redirects), connect_s=connect, read_s=read,
            route=route, asked=place.url, details=(headers, out.body, timeout),
            entry=None if hops or jar is not None else entry,
        )  # fmt: skip
        wire_log.tell(response, place, method)
        if cookies is CookieKeeper.NOBODY:
            self._keep_cookies(response)
        if hops and not response._native_failure() and response.is_redirect:
            return self._follow(response, out, jar, arguments, stream, verify, cert)
        return response

    def _follow(
        self, response: NativeResponse, out: Outgoing, jar: RequestsCookieJar | None,
        arguments: dict[str, Any], stream: bool, verify: Any, cert: Any,
    ) -> NativeResponse:  # fmt: skip
        """The redirects of a native answer that the core cannot follow as `requests` would."""
        request = first_request(response)
        gone = None if isinstance(out.wire, bytes) else _GONE
        request._body_position = gone if out.position is None else out.position
        request._cookies = RequestsCookieJar() if jar is None else jar
        settings = PlainSession.merge_environment_settings(
            self, str(request.url), dict(arguments.get("proxies") or {}), stream, verify, cert
        )
        settings |= {
            "stream": stream,
            "verify": verify,
            "cert": cert,
            "timeout": arguments.get("timeout"),
        }
        return redirects_on_the_slow_path(
            self, "a redirect that needs Python", response, request, settings
        )

    def _hops_singly(self, place: Place, arguments: dict[str, Any]) -> bool:
        """Whether a redirect may lead to where this session does something that the core does not
        know.
        """
        if (
            may_have_proxies(self, arguments)
            or not self._has_only_own_adapters()
            or "@" in place.url
        ):
            return True
        return self.trust_env and environment_has_netrc()

    def _keep_cookies(self, response: NativeResponse) -> None:
        """Puts the answer's cookies into the jar, under the host that the Host field names."""
        fields = [
            (name, value)
            for name, value in response._native_fields()
            if name.lower() == "set-cookie"
        ]
        if fields:
            self.cookies.extract_cookies(
                MockResponse(message_of(fields)),  # type: ignore[arg-type]  # `requests` does so
                MockRequest(response.request),  # type: ignore[arg-type]  # too
            )

    def _verify_and_cert(self, arguments: dict[str, Any]) -> tuple[Any, Any]:
        verify, cert = arguments.get("verify"), arguments.get("cert")
        if self.trust_env and (verify is True or verify is None):
            verify = (
                os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or verify
            )
        return self.verify if verify is None else verify, self.cert if cert is None else cert

    def _route(self, verify: Any, cert: Any, proxy: str | None = None) -> Route:
        """ValueError for a proxy that the core does not speak to."""
        return shared_route(
            **tls_arguments(verify, cert),
            proxy=proxy or "",
            resume=self.tls_resumption,
            source_ip=self.source_ip,
        )

    def close(self) -> None:
        """Closes the connections; the session can be used again."""
        self._close_connections()
        for adapter in self.__dict__.get("adapters", {}).values():
            adapter.close()


_UNTOUCHED: Any = object()
# where a body stands that cannot be had again: `requests` then raises UnrewindableBodyError
_GONE: Any = object()
_ARGUMENTS = frozenset(
    ("params", "data", "headers", "cookies", "files", "auth", "timeout", "allow_redirects",
     "proxies", "hooks", "stream", "verify", "cert", "json")
)  # fmt: skip

_MAKERS: dict[str, Any] = {
    "headers": lambda session: CaseInsensitiveDict(_default_fields()),
    "cookies": lambda session: SessionCookieJar.of(session),
    "params": lambda session: {},
    "hooks": lambda session: default_hooks(),
    "proxies": lambda session: {},
    "adapters": lambda session: SessionAdapters.of(
        session, (("https://", NativeAdapter()), ("http://", NativeAdapter()))
    ),
}
