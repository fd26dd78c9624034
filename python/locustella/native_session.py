"""`requests.Session` on native connections.

    session = NativeSession("http://shop.test")
    response = session.get("/products", params={"page": 2})     # a requests.Response
    response.raise_for_status()

Requests go out through the native core unless they need something that only Python has (an auth
object, a hook, a mounted adapter, a body that is a generator, a proxy): those take the slow road,
`requests`' own code over gevent's sockets, and give the same answers at a higher price.

Errors are `requests`' exceptions. Thread: the hub's; a session belongs to the thread that used it
first. A session holds no dict, jar or adapter before somebody asks for it: a user costs little.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import lru_cache
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth
from requests.certs import where as ca_bundle
from requests.cookies import RequestsCookieJar, get_cookie_header, merge_cookies
from requests.hooks import default_hooks
from requests.models import PreparedRequest
from requests.structures import CaseInsensitiveDict
from requests.utils import (
    check_header_validity,
    default_headers,
    get_environ_proxies,
    get_netrc_auth,
    to_native_string,
)

from . import _core
from .header_fields import basic_auth_value, field_lines
from .native_response import NativeResponse
from .places import Place, prepare_url, prepared_place
from .session_cookies import SessionCookieJar
from .shared_settings import shared_profile, shared_route
from .slow_road import slow_road

REDIRECTS_NONE, REDIRECTS_REQUESTS, REDIRECTS_FAST = range(3)

# What a session has only once somebody touches it. In-place changes of these cannot be noticed, so
# a session that has one takes no shortcut past them.
_EXPOSED = ("params", "hooks", "proxies", "adapters")


class SessionHeaders(CaseInsensitiveDict):
    """A session's headers, which tell the session when they change."""

    def __init__(self, session: NativeSession, data: Any = ()) -> None:
        self._session: Any = None
        super().__init__(data)
        self._session = session

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        if self._session is not None:
            self._session._reconfigure()

    def __delitem__(self, key: Any) -> None:
        super().__delitem__(key)
        if self._session is not None:
            self._session._reconfigure()

    def copy(self) -> CaseInsensitiveDict:
        return CaseInsensitiveDict(self._store.values())

    def __reduce__(self) -> Any:
        return CaseInsensitiveDict, (dict(self.items()),)


@lru_cache(maxsize=1)
def _default_fields() -> tuple[tuple[str, str], ...]:
    return tuple(default_headers().items())


class NativeSession(_core.SessionBase, requests.Session):
    """A `requests.Session` whose requests go out natively. `base_url` goes before every path."""

    _response_class: Any = NativeResponse
    auth: Any = None
    stream: Any = False
    verify: Any = True
    cert: Any = None
    source_ip: str = ""  # where connections leave from; empty: as --source-ip says
    max_redirects: int = requests.models.DEFAULT_REDIRECT_LIMIT

    def __init__(self, base_url: str | None = "") -> None:
        self.base_url = base_url or ""

    # -- attributes made when they are touched ----------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        maker = _MAKERS.get(name)
        if maker is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        value = maker(self)
        object.__setattr__(self, name, value)
        self._reconfigure()
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "headers" and not isinstance(value, SessionHeaders):
            value = SessionHeaders(self, value or ())
        elif name == "cookies":
            value = SessionCookieJar.replacing(self, value)
        object.__setattr__(self, name, value)
        if name not in _HARMLESS:
            self._reconfigure()

    def __getstate__(self) -> Any:
        return {name: getattr(self, name, None) for name in self.__attrs__} | {
            "cookies": self.cookies.copy(), "headers": self.headers.copy(), "base_url": self.base_url,
        }

    def __setstate__(self, state: dict) -> None:
        for name, value in state.items():
            setattr(self, name, value)

    # -- what the plain way works from --------------------------------------------------------------

    def _configure(self) -> None:
        """Called by the core before the next request after a change: sets the profile."""
        place = self._base_place()
        auth = self._native_auth(self.auth, None)
        profile = shared_profile(
            tls=place.tls if place else False, host=place.host if place else "",
            port=place.port if place else 0, base_path=self._base_path(place),
            **self._profile_fields(auth or None),
            redirects=REDIRECTS_REQUESTS, max_redirects=self.max_redirects,
            connect_s=0.0, read_s=0.0, route=shared_route(**self._tls_arguments(self.verify, self.cert), source_ip=self.source_ip),
            names_whole_path=True,
        )  # fmt: skip
        self._set_profile(profile, bool(place) and auth is not None and self._is_plain(place))

    def _base_place(self) -> Place | None:
        try:
            place = prepared_place(self.base_url)
        except (requests.RequestException, ValueError):
            return None
        return None if place.fragment or "?" in place.target else place

    def _base_path(self, place: Place | None) -> str:
        if place is None:
            return ""
        return place.target if urlsplit(self.base_url).path else ""

    def _profile_fields(self, auth: str | None) -> dict[str, Any]:
        headers = self.__dict__.get("headers")
        fields = field_lines(headers.items() if headers is not None else _default_fields())
        behind = field_lines([("Authorization", auth)]) if auth else b""
        return {"fields": fields + behind, "cookie_at": len(fields), "names_host": False}

    def _is_plain(self, place: Place) -> bool:
        """Whether nothing about this session needs Python at every request."""
        own = self.__dict__
        if any(name in own for name in _EXPOSED) or self.stream or "cookie" in own.get("headers", ()):
            return False
        if "host" in own.get("headers", ()) or "request" in own or "send" in own:
            return False
        if not _overrides_nothing(type(self)):
            return False
        return not (self.trust_env and _environment_matters(place.url))

    # -- one request ----------------------------------------------------------------------------------

    def request(  # type: ignore[override]
        self, method: Any, url: Any, params: Any = None, data: Any = None, headers: Any = None,
        cookies: Any = None, files: Any = None, auth: Any = None, timeout: Any = None,
        allow_redirects: bool = True, proxies: Any = None, hooks: Any = None, stream: Any = None,
        verify: Any = None, cert: Any = None, json: Any = None,
    ) -> Any:  # fmt: skip
        """Sends a request as `requests.Session.request` does, and raises what that raises."""
        response = self._exchange(
            method, self._build_url(url), params=params, data=data, headers=headers, cookies=cookies,
            files=files, auth=auth, timeout=timeout, allow_redirects=allow_redirects,
            proxies=proxies, hooks=hooks, stream=stream, verify=verify, cert=cert, json=json,
        )  # fmt: skip
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

    def _finish(self, response: Any, method: str, path: str, name: Any, catch_response: bool) -> Any:
        """Called by the core at the end of a plain request that it did not record itself."""
        if response.error is not None:
            raise response.error
        return response

    def _exchange(self, method: Any, url: str, **arguments: Any) -> Any:
        """One request to a whole URL. A failed one has its exception in `.error`."""
        reason = self._needs_slow_road(arguments)
        if reason is None:
            method = to_native_string(str(method).upper() if not isinstance(method, bytes) else method.decode().upper())
            place = prepare_url(url, self._merged_params(arguments.get("params")))
            sent = self._encode(method, place, arguments)
            if sent is not None:
                return self._send_native(method, place, arguments, *sent)
            reason = "a body that is neither text nor bytes"
        return slow_road(self, reason, method, url, arguments)

    def _merged_params(self, params: Any) -> Any:
        own = self.__dict__.get("params")
        if not own:
            return params
        return requests.sessions.merge_setting(params, own)

    def _needs_slow_road(self, arguments: dict[str, Any]) -> str | None:
        """Why only `requests`' own code can do this, or None."""
        own = self.__dict__
        if arguments.get("hooks") or any(own.get("hooks", {}).values()):
            return "response hooks"
        if arguments.get("proxies") or own.get("proxies"):
            return "a proxy"
        if "adapters" in own and not _own_adapters(own["adapters"]):
            return "a mounted adapter"
        if self._native_auth(arguments.get("auth"), self.auth) is None:
            return "an authentication class"
        timeout = arguments.get("timeout")
        if not isinstance(timeout, int | float | tuple | type(None)):
            return "a Timeout object"
        if type(self).send is not requests.Session.send or "send" in own:
            return "an overridden send()"
        if self.trust_env and get_environ_proxies(self.base_url or "http://localhost"):
            return "a proxy"
        return None

    @staticmethod
    def _native_auth(auth: Any, default: Any) -> str | None:
        """The Authorization value; "" for none, None for what the core cannot do."""
        auth = auth or default
        if not auth:
            return ""
        if isinstance(auth, tuple) and len(auth) == 2:
            return basic_auth_value(*auth)
        if type(auth) is HTTPBasicAuth:
            return basic_auth_value(auth.username, auth.password)
        return None

    def _encode(self, method: str, place: Place, arguments: dict[str, Any]) -> tuple | None:
        """(fields, where a Cookie goes, body, headers); None if the body is not text or bytes."""
        headers = self._merged_headers(arguments.get("headers"))
        prepared = PreparedRequest()
        prepared.method, prepared.url, prepared.headers = method, place.url, CaseInsensitiveDict(headers)
        before = len(prepared.headers)
        data, json, files = arguments.get("data"), arguments.get("json"), arguments.get("files")
        if isinstance(data, Iterable) and not isinstance(data, str | bytes | Mapping | list | tuple):
            return None
        if data or files or json is not None:
            prepared.prepare_body(data, files, json)
        elif method not in ("GET", "HEAD"):
            prepared.headers["Content-Length"] = prepared.headers.get("Content-Length", "0")
        body = prepared.body or b""
        if not isinstance(body, str | bytes):
            return None
        auth = self._native_auth(arguments.get("auth"), self.auth)
        if not auth and self.trust_env and (found := get_netrc_auth(place.url)):
            auth = basic_auth_value(*found)
        if auth:
            prepared.headers["Authorization"] = auth
        items = list(prepared.headers.items())
        first = field_lines(items[:before])
        return first + field_lines(items[before:]), len(first), body, prepared.headers

    def _merged_headers(self, headers: Any) -> CaseInsensitiveDict:
        own = self.__dict__.get("headers")
        merged = CaseInsensitiveDict(own.items() if own is not None else _default_fields())
        if headers:
            for header in headers.items() if isinstance(headers, Mapping) else headers:
                if header[1] is not None:
                    check_header_validity(header)
                merged[to_native_string(header[0])] = header[1]
        for name in [name for name, value in merged.items() if value is None]:
            del merged[name]
        return merged

    def _send_native(
        self, method: str, place: Place, arguments: dict[str, Any], fields: bytes, cookie_at: int,
        body: str | bytes, headers: CaseInsensitiveDict,
    ) -> Any:  # fmt: skip
        extra = arguments.get("cookies")
        if extra and "cookie" not in headers:
            if cookie := self._cookies_with(place, headers, extra):
                fields = fields[:cookie_at] + field_lines([("Cookie", cookie)]) + fields[cookie_at:]
                headers["Cookie"] = cookie
        connect, read = _timeouts(arguments.get("timeout"))
        stream = arguments.get("stream")
        tls = self._tls_arguments(*self._verify_and_cert(place.url, arguments))
        route = shared_route(**tls, source_ip=self.source_ip)
        redirects = REDIRECTS_REQUESTS if arguments.get("allow_redirects", True) else REDIRECTS_NONE
        return self._send(
            method, place.tls, place.host, place.port, place.target, place.fragment, fields, cookie_at,
            body.encode("utf-8") if isinstance(body, str) else body, "host" in headers, "cookie" in headers, bool(self.stream if stream is None else stream),
            redirects, self.max_redirects, connect, read, 0.0, route, place.url, (headers, body, arguments.get("timeout")),
        )  # fmt: skip

    def _cookies_with(self, place: Place, headers: Any, extra: Any) -> str | None:
        jar = merge_cookies(merge_cookies(RequestsCookieJar(), self.cookies), extra)
        request = PreparedRequest()
        request.url, request.headers = place.url, CaseInsensitiveDict(headers)
        return get_cookie_header(jar, request)

    def _verify_and_cert(self, url: str, arguments: dict[str, Any]) -> tuple[Any, Any]:
        verify, cert = arguments.get("verify"), arguments.get("cert")
        if not url.startswith("https"):
            return True, None
        settings = self.merge_environment_settings(url, {}, False, verify, cert)
        return settings["verify"], settings["cert"]

    @staticmethod
    def _tls_arguments(verify: Any, cert: Any) -> dict[str, Any]:
        if isinstance(verify, str | os.PathLike) and not os.path.exists(verify):
            raise OSError(f"Could not find a suitable TLS CA certificate bundle, invalid path: {verify}")
        certificate, key = (cert, "") if isinstance(cert, str) else (cert or ("", ""))
        bundle = verify if isinstance(verify, str | os.PathLike) else (ca_bundle() if verify else "")
        return {"verify": bool(verify), "ca_bundle": str(bundle), "certificate": str(certificate or ""),
                "key": str(key or "")}  # fmt: skip

    def close(self) -> None:
        """Closes the connections; the session can be used again."""
        self._close_connections()
        for adapter in self.__dict__.get("adapters", {}).values():
            adapter.close()


def _timeouts(timeout: Any) -> tuple[float, float]:
    """(connect, read) in seconds, 0 for none. ValueError for what `requests` refuses."""
    try:
        connect, read = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    except ValueError:
        raise ValueError(
            f"Invalid timeout {timeout}. Pass a (connect, read) timeout tuple, or a single float to set "
            "both timeouts to the same value."
        ) from None
    for value in (connect, read):
        if value is not None and (isinstance(value, bool) or not value > 0):
            raise ValueError(f"Attempted to set timeout to {value}, but it must be more than 0 seconds.")
    return float(connect or 0), float(read or 0)


@lru_cache(maxsize=256)
def _environment_matters(url: str) -> bool:
    """Whether proxies or .netrc of the environment concern this URL."""
    return bool(get_environ_proxies(url) or get_netrc_auth(url))


@lru_cache(maxsize=64)
def _overrides_nothing(cls: type) -> bool:
    """Whether a session class leaves alone what the plain way does natively."""
    ours = next(c for c in cls.__mro__ if c.__module__.split(".")[0] == "locustella")
    return all(
        getattr(cls, name) is getattr(ours, name)
        for name in ("request", "get", "head", "options", "send", "prepare_request", "_build_url")
    )


def _own_adapters(adapters: Mapping[str, Any]) -> bool:
    """Whether every adapter is one that does what the core does: no retries, no class of somebody's own."""
    return all(type(adapter) is HTTPAdapter and not adapter.max_retries.total for adapter in adapters.values())


def _make_adapters(session: NativeSession) -> dict[str, HTTPAdapter]:
    return {"https://": HTTPAdapter(), "http://": HTTPAdapter()}


_MAKERS: dict[str, Any] = {
    "headers": lambda session: SessionHeaders(session, _default_fields()),
    "cookies": lambda session: SessionCookieJar.of(session),
    "params": lambda session: {},
    "hooks": lambda session: default_hooks(),
    "proxies": lambda session: {},
    "adapters": _make_adapters,
}

_HARMLESS = frozenset(("request_event", "user", "request_name", "cookies", "base_url", "trust_env"))


def split_credentials(url: str) -> tuple[str, tuple[str, str] | None]:
    """(URL without user and password, (user, password) or None), percent-decoded."""
    parts = urlsplit(url)
    if not (parts.username and parts.password):
        return url, None
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return bare, (unquote(parts.username), unquote(parts.password))


def is_cookie_jar(cookies: Any) -> bool:
    """Whether these are cookies with domains and paths, rather than bare names and values."""
    return isinstance(cookies, CookieJar)
