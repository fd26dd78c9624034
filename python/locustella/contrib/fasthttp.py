"""FastHttpUser and its client: Locust's leaner HTTP API, on the same native connections.

    class Shopper(FastHttpUser):
        @task
        def browse(self):
            self.client.get("/products", name="/products")

It differs from HttpUser as in Locust: entries are named by the path as given, success is a list of
status codes, certificates are not verified unless `insecure = False`, answers are `FastResponse`s.

Thread: the hub's.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from gevent.timeout import Timeout
from requests.models import RequestEncodingMixin
from requests.structures import CaseInsensitiveDict

from .. import _core
from ..exception import LocustError, StopTest
from ..field_templates import COOKIE, GIVEN, Row, fallback, fixed, length, standard
from ..header_fields import basic_auth_value, field_lines
from ..http_errors import Failure
from ..native_session import REDIRECTS_FAST, REDIRECTS_NONE, ca_bundle, split_credentials
from ..places import Place, prepare_url
from ..session_cookies import SessionCookieJar
from ..shared_pools import pool_of_clients, settings_of_clients
from ..shared_settings import shared_profile, shared_route
from ..tls_settings import arguments_of_context
from ..user.rest import RestMixin
from ..user.users import User
from .fast_errors import (
    FAILURE_EXCEPTIONS,
    ConnectionError,
    HTTPConnectionClosed,
    HTTPParseError,
    LocustBadStatusCode,
    RetriesExceeded,
    fast_error,
)
from .fast_response import (
    ErrorResponse,
    FastRequest,
    FastResponse,
    Headers,
    ResponseContextManager,
    RestResponseContextManager,
    first_url,
)

absolute_http_url_regexp = re.compile(r"^https?://", re.IGNORECASE)

USER_AGENT = "python/gevent-http-client-2.6.1"
ACCEPT_ENCODING = "gzip, deflate, br"
VALID_STATUS_CODES = frozenset([200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 301, 302, 303, 304, 307, 308])
REDIRECT_STATUS_CODES = frozenset([301, 302, 303, 307, 308])

# Fields that are not merely put in place: a session with such a default goes through Python for requests with a body.
_TAKES_THOUGHT = ("accept-encoding", "authorization", "content-length", "transfer-encoding", "expect", "host", "cookie")

# What a kind of body adds, in its order; None stands for its size. Without one here the size goes last.
_KIND_FIELDS: dict[str, tuple[tuple[str, str | None], ...]] = {
    "none": (),
    "json": (("Content-Type", "application/json"), ("Accept", "application/json")),
    "form": (("content-type", "application/x-www-form-urlencoded; charset=utf-8"), ("content-length", None)),
    "text": (("content-type", "text/plain; charset=utf-8"), ("content-length", None)),
    "bytes": (("content-type", "application/octet-stream"),),
    "typed": (),
}


class _ClientPool:
    """`client.client.clientpool`: the connections of a session."""

    def __init__(self, session: FastHttpSession) -> None:
        self._session = session

    def close(self) -> None:
        """Closes them; the next request opens a new one."""
        self._session._close_connections()


class LocustUserAgent:
    """`client.client`: the settings of a session, under geventhttpclient's names."""

    valid_response_codes = VALID_STATUS_CODES
    redirect_response_codes = REDIRECT_STATUS_CODES

    def __init__(self, session: FastHttpSession) -> None:
        self.clientpool: Any = session.client_pool or _ClientPool(session)
        self.cookiejar = session.cookiejar
        self.default_headers = session.default_headers
        self.max_redirects, self.max_retries = session.max_redirects, session.max_retries


class FastHttpSession(_core.SessionBase):
    """The HTTP client of a FastHttpUser. Times are in seconds."""

    _response_class = ResponseContextManager
    auth_header: str | None = None
    insecure = True
    connection_timeout: float = 60.0
    network_timeout: float = 60.0
    max_redirects = 30
    max_retries = 0
    default_headers: dict | None = None
    ssl_context_factory: Callable | None = None
    proxy = ""  # the URL of one
    client_pool: Any = None
    _most_at_once = 10

    def __init__(
        self, base_url: str | None, request_event: Any, user: Any, insecure: bool = True, client_pool: Any = None,
        ssl_context_factory: Callable | None = None, *, headers: dict | None = None, **settings: Any,
    ) -> None:  # fmt: skip
        self.request_event, self.user = request_event, user
        self._catches_timeouts = True  # a gevent.Timeout fails the request; HttpUser's ends the block
        if base_url and "@" in base_url:
            base_url, credentials = split_credentials(base_url)
            if credentials:
                self.auth_header = basic_auth_value(*credentials)
        self.base_url = base_url
        concurrency = settings.pop("concurrency", 1)
        if client_pool is not None:
            self.client_pool, self._pool = client_pool, pool_of_clients(client_pool)
            settings |= settings_of_clients(client_pool)
            insecure, ssl_context_factory = settings.pop("insecure"), settings.pop("ssl_context_factory")
        elif concurrency != self._most_at_once:
            self._most_at_once = concurrency
        if ssl_context_factory is not None:
            self.ssl_context_factory = ssl_context_factory
        proxy_host, proxy_port = settings.pop("proxy_host", None), settings.pop("proxy_port", None)
        if proxy_host is not None:
            if proxy_port is None:
                raise LocustError(f"The proxy {proxy_host} needs a port: set proxy_port too")
            self.proxy = f"http://[{proxy_host}]:{proxy_port}" if ":" in proxy_host else f"http://{proxy_host}:{proxy_port}"
        for name, value in (("insecure", insecure), ("default_headers", headers), *settings.items()):
            if value is not None and getattr(type(self), name, None) != value:
                setattr(self, name, value)

    @property
    def cookiejar(self) -> SessionCookieJar:
        """The session's cookies, an `http.cookiejar.CookieJar`."""
        return _cookie_jar(self)

    cookies = cookiejar

    @property
    def client(self) -> LocustUserAgent:
        agent = self.__dict__.get("_agent")
        if agent is None:
            agent = self.__dict__["_agent"] = LocustUserAgent(self)
        return agent

    def _plain_headers(self) -> dict[str, str]:
        headers = {"User-Agent": USER_AGENT, **(self.default_headers or {})}
        if self.auth_header:
            headers["Authorization"] = self.auth_header
        headers.setdefault("Accept-Encoding", ACCEPT_ENCODING)
        return headers

    def _configure(self) -> None:
        """Called by the core before the next plain request: sets the profile."""
        place = _place_or_none(self.base_url)
        before = field_lines(CaseInsensitiveDict(self._plain_headers()).items())
        host = field_lines([("Host", _host_header(place))]) if place else b""
        profile = shared_profile(
            tls=place.tls if place else False, host=place.host if place else "",
            port=place.port if place else 0,
            base_path=place.target if place and place.target != "/" else "",
            fields=before + host, cookie_at=len(before), names_host=True, redirects=REDIRECTS_FAST, max_redirects=self.max_redirects,
            connect_s=float(self.connection_timeout), read_s=float(self.network_timeout),
            route=self._route(), names_whole_path=False,
        )  # fmt: skip
        plain = place is not None and "?" not in place.target and not str(self.base_url).endswith("/")
        overridden = type(self).request is not FastHttpSession.request or "request" in self.__dict__
        self._set_profile(profile, plain and not overridden and not self.max_retries)

    def _field_template(self, method: str, kind: str) -> list[Row] | None:
        """Called by the core, once for each kind of request: its fields. See field_templates.py."""
        place = _place_or_none(self.base_url)
        ours = {name: value for name, value in _KIND_FIELDS[kind] if value is not None}
        defaults = CaseInsensitiveDict({"User-Agent": USER_AGENT, **(self.default_headers or {})})
        if place is None or any(name in defaults for name in (*_TAKES_THOUGHT, *ours)):
            return None
        rows = [*standard(defaults.items()), GIVEN]
        if self.auth_header:
            rows.append(fixed("Authorization", self.auth_header))
        rows.append(fallback("Accept-Encoding", ACCEPT_ENCODING))
        for name, value in _KIND_FIELDS[kind]:
            rows.append(length(name) if value is None else (fallback if kind == "json" else fixed)(name, value))
        rows += [COOKIE, fixed("Host", _host_header(place))]
        has_length = any(value is None for _, value in _KIND_FIELDS[kind])
        if not has_length and (kind != "none" or method in ("POST", "PUT", "PATCH")):
            rows.append(length())
        return rows

    def _route(self) -> Any:
        if self.ssl_context_factory is not None:
            return shared_route(**arguments_of_context(self.ssl_context_factory()), proxy=self.proxy)
        bundle = "" if self.insecure else ca_bundle()
        return shared_route(verify=not self.insecure, ca_bundle=bundle, certificate="", key="", proxy=self.proxy)

    def _build_url(self, path: str) -> str:
        return path if absolute_http_url_regexp.match(path) else f"{self.base_url}{path}"

    @contextmanager
    def rename_request(self, name: str) -> Generator[None, None, None]:
        """Records the requests of a `with` block under `name`."""
        self.request_name = name
        try:
            yield
        finally:
            self.request_name = None

    def request(
        self, method: str, url: str, name: str | None = None, data: Any = None, catch_response: bool = False,
        stream: bool = False, headers: dict | None = None, auth: Any = None, json: Any = None,
        allow_redirects: bool = True, context: dict | None = None, params: Any = None, files: Any = None,
        network_timeout: float | None = None, connection_timeout: float | None = None, **_ignored: Any,
    ) -> ResponseContextManager:  # fmt: skip
        """Sends and records one request; returns its response, also when it failed.

        `json` is sent only where there is no `data`. `stream=True` returns when the headers are
        there, and its time ends then.
        """
        built_url = self._build_url(url)
        fields, cookie_at, body, sent_headers = self._encode(method, headers, auth, data, json, files)
        response = self._attempts(
            method, built_url, params, fields, cookie_at, body, stream, allow_redirects,
            connection_timeout or self.connection_timeout, network_timeout or self.network_timeout,
            (sent_headers, body, built_url),
        )  # fmt: skip
        return self._recorded(response, method, name or self.request_name or url, catch_response, context, stream)

    def _attempts(self, method: str, url: str, params: Any, fields: bytes, cookie_at: int, body: bytes, stream: bool,
                  allow_redirects: bool, connect: float, read: float, details: tuple) -> Any:  # fmt: skip
        """The answer of the first attempt that had one, or the last failure."""
        place, route = _prepared(url, params), self._route()
        host = field_lines([("Host", _host_header(place))])
        framing = field_lines([("Content-Length", len(body))]) if _needs_length(method, body, fields) else b""
        for _ in range(int(self.max_retries) + 1):
            response = self._send(
                method, place.tls, place.host, place.port, place.target, place.fragment, fields + host + framing,
                cookie_at, body, True, b"\r\ncookie:" in fields.lower(), bool(stream),
                REDIRECTS_FAST if allow_redirects else REDIRECTS_NONE, self.max_redirects, float(connect),
                float(read), 0.0, route, url, details,
            )  # fmt: skip
            if not response._native_failure():
                break
        return response

    def _encode(self, method: str, headers: Any, auth: Any, data: Any, json_value: Any, files: Any) -> tuple:
        """(fields without Host, where a Cookie goes, body, the fields as a dict)."""
        fields = CaseInsensitiveDict({"User-Agent": USER_AGENT, **(self.default_headers or {})})
        given = dict(headers) if headers else {}
        if auth:
            given["Authorization"] = basic_auth_value(*auth)
        elif self.auth_header:
            given["Authorization"] = self.auth_header
        lower = {name.lower() for name in given}
        if "accept-encoding" not in lower:
            given["Accept-Encoding"] = ACCEPT_ENCODING
        if not data and json_value is not None:
            data = json.dumps(json_value)
            for name in ("Content-Type", "Accept"):
                if name.lower() not in lower:
                    given[name] = "application/json"
        fields.update(given)
        body = _encoded_body(fields, data, files)
        encoded = field_lines((name, str(value)) for name, value in fields.items())
        return encoded, len(encoded), body, fields

    def _finish(self, response: Any, method: str, path: str, name: Any, catch_response: bool) -> Any:
        return self._recorded(response, method, name or path, catch_response, None, False)

    def _recorded(self, response: Any, method: str, name: str, catch_response: bool, context: Any, stream: Any) -> Any:
        """Builds what listeners get; records it now, or at the end of the caller's `with` block."""
        response.request_meta = self._meta(response, method, name, context, stream)
        response._request_event, response._catch_response = self.request_event, catch_response
        if not catch_response:
            self.request_event.fire(**response.request_meta)
        return response

    def _meta_of_unrecorded(self, response: Any) -> dict[str, Any]:
        return self._meta(response, response._native_asked()[0], response._entry_name, None, False)

    def _meta(self, response: Any, method: str, name: str, context: Any, stream: Any) -> dict[str, Any]:
        """What listeners get."""
        response.error = self._error_of(response)
        since, response_time, _, _ = response._native_times()
        if self.user:
            context = {**self.user.context(), **(context or {})}
        if stream:
            length = int((response.headers or {}).get("content-length") or 0)
        else:
            length = 0 if response._native_failure() else response._native_body_size()
        return {
            "request_type": method,
            "name": name,
            "context": context if context is not None else {},
            "response": response,
            "exception": response.error,
            "start_time": time.time() - since,
            "url": first_url(response),
            "response_length": length,
            "response_time": response_time,
        }

    def _error_of(self, response: Any) -> Exception | None:
        """What failed, or a status that is no success."""
        if failure := response._native_failure():
            return fast_error(Failure(*failure), first_url(response), self.max_retries, self.max_redirects)
        if response.status_code not in VALID_STATUS_CODES:
            return LocustBadStatusCode(first_url(response), code=response.status_code)
        return None

    def iter_lines(self, url: str, method: str = "GET", **kwargs: Any) -> Generator[str, None, None]:
        """Lines of a streamed answer as they come."""
        response = self.request(method, url, stream=True, **kwargs)
        response.raise_for_status()
        rest = ""
        for piece in response.iter_content(chunk_size=1024):
            rest += piece if isinstance(piece, str) else piece.decode("utf-8", errors="replace")
            *lines, rest = rest.split("\n")
            yield from lines
        if rest:
            yield rest


def _cookie_jar(session: FastHttpSession) -> SessionCookieJar:
    jar = session.__dict__.get("_jar")
    if jar is None:
        jar = session.__dict__["_jar"] = SessionCookieJar.of(session)
    return jar


def _place_or_none(url: Any) -> Place | None:
    try:
        return _prepared(url, None)
    except (OSError, ValueError):
        return None


@lru_cache(maxsize=4096)
def _prepared_plain(url: str) -> Place:
    return prepare_url(url, None)


def _prepared(url: str, params: Any) -> Place:
    """Where the URL leads. A host without a scheme is looked up as it is, as geventhttpclient does."""
    if not absolute_http_url_regexp.match(url or ""):
        raise LocustError(f"Invalid URL {url!r}: begin the host with http:// or https://")
    if not params:
        return _prepared_plain(url)
    query = RequestEncodingMixin._encode_params(params)
    return prepare_url(f"{url}{'&' if '?' in url else '?'}{query}", None)


def _host_header(place: Place) -> str:
    host = f"[{place.host}]" if ":" in place.host else place.host
    return host if place.port == (443 if place.tls else 80) else f"{host}:{place.port}"


def _needs_length(method: str, body: bytes, fields: bytes) -> bool:
    if b"content-length:" in fields.lower():
        return False
    return bool(body) or method in ("POST", "PUT", "PATCH")


def _encoded_body(fields: CaseInsensitiveDict, data: Any, files: Any) -> bytes:
    """The body as bytes; adds the fields that describe it, where the caller has not."""
    typed = "Content-Type" in fields
    if files:
        body, content_type = RequestEncodingMixin._encode_files(files, data or {})
        fields["content-type"], fields["content-length"] = content_type, len(body)
        return body
    if not data:
        return b""
    if isinstance(data, dict):
        if not typed:
            fields["content-type"] = "application/x-www-form-urlencoded; charset=utf-8"
        body = urlencode(data).encode()
        fields["content-length"] = len(body)
        return body
    if isinstance(data, str):
        body = data.encode()
        if not typed:
            fields["content-type"] = "text/plain; charset=utf-8"
            fields["content-length"] = len(body)
        return body
    if not typed:
        fields["content-type"] = "application/octet-stream"
    if hasattr(data, "read"):
        data = data.read()
        return data.encode() if isinstance(data, str) else data
    return data if isinstance(data, bytes) else b"".join(data)


class FastHttpUser(User, RestMixin[RestResponseContextManager]):
    """A user whose `client` is a FastHttpSession. Set the attributes below in the class."""

    abstract = True

    network_timeout: float = 60.0
    connection_timeout: float = 60.0
    max_redirects: int = 30
    max_retries: int = 0
    insecure: bool = True
    default_headers: dict | None = None
    concurrency: int = 10
    proxy_host: str | None = None
    proxy_port: int | None = None
    client_pool: Any = None
    ssl_context_factory: Callable | None = None

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        if self.host is None:
            raise StopTest(
                "You must specify the base host. Either in the host attribute in the User class, or on the "
                "command line using the --host option."
            )
        self.client: FastHttpSession = FastHttpSession(
            base_url=self.host,
            request_event=self.environment.events.request,
            user=self,
            insecure=self.insecure,
            client_pool=self.client_pool,
            concurrency=self.concurrency,
            ssl_context_factory=self.ssl_context_factory,
            headers=self.default_headers,
            network_timeout=self.network_timeout,
            connection_timeout=self.connection_timeout,
            max_redirects=self.max_redirects,
            max_retries=self.max_retries,
            proxy_host=self.proxy_host,
            proxy_port=self.proxy_port,
        )


_core.set_timeout_class(Timeout)

__all__ = (
    "FAILURE_EXCEPTIONS",
    "ConnectionError",
    "ErrorResponse",
    "FastHttpSession",
    "FastHttpUser",
    "FastRequest",
    "FastResponse",
    "HTTPConnectionClosed",
    "HTTPParseError",
    "Headers",
    "LocustBadStatusCode",
    "LocustUserAgent",
    "ResponseContextManager",
    "RestResponseContextManager",
    "RetriesExceeded",
)
