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
from typing import Any, NamedTuple

import gevent
from gevent.timeout import Timeout

from .. import _core
from ..exception import LocustError, StopTest
from ..field_templates import COOKIE, GIVEN, Row, fallback, fixed, length, standard
from ..header_fields import basic_auth_value
from ..http_errors import Failure
from ..native_session import REDIRECTS_FAST, REDIRECTS_NONE, ca_bundle, split_credentials
from ..places import Place
from ..session_cookies import SessionCookieJar
from ..shared_settings import shared_profile, shared_route
from ..tls_settings import arguments_of_factory
from ..user.rest import RestMixin
from ..user.users import User, checked_source_ip
from .fast_errors import (
    FAILURE_EXCEPTIONS,
    ConnectionError,
    HTTPConnectionClosed,
    HTTPParseError,
    LocustBadStatusCode,
    RetriesExceeded,
    body_error,
    coding_error,
    failed_in_body,
    fast_error,
    may_retry,
)
from .fast_headers import Headers
from .fast_request import FastRequest, checked_method, described, framed, lines_of
from .fast_response import (
    ErrorResponse,
    FastResponse,
    ResponseContextManager,
    RestResponseContextManager,
    first_url,
)
from .fast_urls import place_of_url

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


class AgentHeaders(Headers):
    """The default headers of a session, which tell it when they change."""

    _session: Any = None

    def __setitem__(self, field: str, value: Any) -> None:
        super().__setitem__(field, value)
        self._changed()

    def __delitem__(self, field: str) -> None:
        super().__delitem__(field)
        self._changed()

    def add(self, field: str, value: Any) -> None:
        super().add(field, value)
        self._changed()

    def update(self, other: Any = (), **fields: Any) -> None:  # type: ignore[override]
        super().update(other, **fields)
        self._changed()

    def _changed(self) -> None:
        if self._session is not None:
            self._session._reconfigure()


class LocustUserAgent:
    """`client.client`: the settings of a session under geventhttpclient's names. What is assigned takes effect."""

    response_type, request_type = FastResponse, FastRequest
    retry_delay = 0.0
    valid_response_codes = VALID_STATUS_CODES
    redirect_response_codes = REDIRECT_STATUS_CODES

    def __init__(self, session: FastHttpSession) -> None:
        self.__dict__["_session"] = session
        self.clientpool: Any = _ClientPool(session)
        self.__dict__["default_headers"] = session._default_headers()
        self.default_headers._session = session

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "redirect_response_codes" and value and set(value) != REDIRECT_STATUS_CODES:
            raise LocustError("redirect_response_codes can be empty, or the five that are there: all are followed or none")
        if name == "default_headers":
            value = AgentHeaders(value)
            value._session = self._session
        object.__setattr__(self, name, value)
        self._session._reconfigure()

    @property
    def cookiejar(self) -> SessionCookieJar:
        return self._session.cookiejar

    @cookiejar.setter
    def cookiejar(self, jar: Any) -> None:
        self._session.__dict__["_jar"] = SessionCookieJar.replacing(self._session, jar)

    @property
    def max_redirects(self) -> int:
        return self._session.max_redirects

    @max_redirects.setter
    def max_redirects(self, value: int) -> None:
        self._session.max_redirects = int(value)

    @property
    def max_retries(self) -> int:
        return self._session.max_retries

    @max_retries.setter
    def max_retries(self, value: int) -> None:
        self._session.max_retries = int(value)

    def urlopen(
        self, url: str, method: str = "GET", headers: Any = None, payload: Any = None, **kwargs: Any
    ) -> FastResponse:  # fmt: skip
        """One request that nobody records. Raises what it fails with."""
        response = self._session._asked_for(method, str(url), dict(headers or {}), payload, **kwargs)
        if error := self._session._error_of(response):
            raise error
        return response

    def close(self) -> None:
        self.clientpool.close()


class Asked(NamedTuple):
    """What a response remembers of its request."""

    url: str
    headers: Headers
    payload: Any
    given: dict  # the caller's headers, and the caller's body: a failed request shows these
    said: Any


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
    source_ip: str = ""

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

    def _default_headers(self) -> AgentHeaders:
        agent = self.__dict__.get("_agent")
        if agent is not None:
            return agent.default_headers
        headers = AgentHeaders({"User-Agent": USER_AGENT})
        headers.update(self.default_headers or {})
        return headers

    def _given_headers(self, headers: Any = None, auth: Any = None) -> dict[str, Any]:
        """What the caller says, with what each request has beside the defaults. The caller's dict stays as it is."""
        given = dict(headers) if headers else {}
        if auth:
            given["Authorization"] = basic_auth_value(auth[0], auth[1])
        elif self.auth_header:
            given["Authorization"] = self.auth_header
        if "Accept-Encoding" not in given and "accept-encoding" not in given:
            given["Accept-Encoding"] = ACCEPT_ENCODING
        return given

    def _plain_headers(self) -> Headers:
        headers = self._default_headers().copy()
        headers.update(self._given_headers())
        return headers

    def _codes(self, name: str, usual: frozenset[int]) -> Any:
        agent = self.__dict__.get("_agent")
        return usual if agent is None else getattr(agent, name)

    def _redirects(self, most: int) -> int:
        """Which rules redirects follow; `max_redirects` of 0 takes them for answers."""
        follows = most > 0 and self._codes("redirect_response_codes", REDIRECT_STATUS_CODES)
        return REDIRECTS_FAST if follows else REDIRECTS_NONE

    def _configure(self) -> None:
        """Called by the core before the next plain request: sets the profile."""
        place = _place_or_none(self.base_url)
        try:
            before = lines_of(self._plain_headers())
        except ValueError:
            before, place = b"", None  # the full way has the words for it
        host = lines_of(Headers(Host=_host_header(place))) if place else b""
        profile = shared_profile(
            tls=place.tls if place else False, host=place.host if place else "",
            port=place.port if place else 0,
            base_path=place.target if place and place.target != "/" else "",
            fields=before + host, cookie_at=len(before), names_host=True,
            redirects=self._redirects(self.max_redirects), max_redirects=self.max_redirects,
            connect_s=float(self.connection_timeout), read_s=float(self.network_timeout),
            route=self._route(), names_whole_path=False,
        )  # fmt: skip
        self._set_profile(profile, place is not None and self._is_plain(place))

    def _is_plain(self, place: Place) -> bool:
        """Whether a request is the profile and a path."""
        usual_codes = self._codes("valid_response_codes", VALID_STATUS_CODES) == VALID_STATUS_CODES
        headers = self._default_headers()
        odd = "host" in headers or "cookie" in headers or "transfer-encoding" in headers or "content-length" in headers
        overridden = type(self).request is not FastHttpSession.request or "request" in self.__dict__
        ends_openly = "?" in place.target or place.fragment or str(self.base_url).endswith("/")
        return usual_codes and not (odd or overridden or ends_openly or self.max_retries)

    def _field_template(self, method: str, kind: str) -> list[Row] | None:
        """Called by the core, once for each kind of request: its fields. See field_templates.py."""
        place = _place_or_none(self.base_url)
        ours = {name: value for name, value in _KIND_FIELDS[kind] if value is not None}
        defaults = self._default_headers()
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
            return shared_route(**self._context_arguments(), proxy=self.proxy, source_ip=self.source_ip)
        bundle = "" if self.insecure else ca_bundle()
        return shared_route(
            verify=not self.insecure, ca_bundle=bundle, certificate="", key="", proxy=self.proxy, source_ip=self.source_ip
        )

    def _context_arguments(self) -> dict[str, Any]:
        """What the factory's context says; asked once, as the connections of a session share a context."""
        found = self.__dict__.get("_context")
        if found is None:
            found = self.__dict__["_context"] = arguments_of_factory(self.ssl_context_factory, self.insecure)
        return found

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
        allow_redirects: bool = True, context: dict | None = None, **kwargs: Any,
    ) -> ResponseContextManager:  # fmt: skip
        """Sends and records one request; returns its response, also when it failed.

        `json` is sent only where there is no `data`. `stream=True` returns when the headers are
        there, and its time ends then. `network_timeout` and `connection_timeout` are for this
        request. Keyword arguments that nobody knows are parameters, as under geventhttpclient.
        """
        built_url = self._build_url(url)
        given = self._given_headers(headers, auth)
        if not data and json is not None:
            data = _json_text(json)
            for field in ("Content-Type", "Accept"):
                if field not in given and field.lower() not in given:
                    given[field] = "application/json"
        response = self._asked_for(
            method, built_url, given, data, stream=stream, allow_redirects=allow_redirects, **kwargs
        )
        return self._recorded(response, method, name or self.request_name or url, catch_response, context, stream)

    def _asked_for(
        self, method: str, url: str, given: dict, payload: Any, stream: bool = False, allow_redirects: bool = True,
        params: Any = None, files: Any = None, max_retries: int | None = None, max_redirects: int | None = None,
        network_timeout: float | None = None, connection_timeout: float | None = None, **more: Any,
    ) -> Any:  # fmt: skip
        """The response to a request that nobody has recorded yet."""
        payload, params = _with_keywords(method, payload, params, more)
        headers = self._default_headers().copy()
        headers.update(given)
        sent = described(headers, payload, files)
        place = place_of_url(url, params)
        method = checked_method(method)
        asked = Asked(url, headers, sent, given, sent if files else payload)
        most = self.max_redirects if max_redirects is None else int(max_redirects)
        return self._attempts(
            method, place, asked, bool(stream), self._redirects(most) if allow_redirects else REDIRECTS_NONE, most,
            self.max_retries if max_retries is None else int(max_retries),
            float(connection_timeout or self.connection_timeout), float(network_timeout or self.network_timeout),
        )  # fmt: skip

    def _attempts(self, method: str, place: Place, asked: Asked, stream: bool, redirects: int, most_redirects: int,
                  retries: int, connect: float, read: float) -> Any:  # fmt: skip
        """The answer of the first attempt that had one, or the last failure."""
        fields = asked.headers.copy()
        body, framing = framed(method, fields, asked.payload)
        names_host = "host" in fields
        before = lines_of(fields)
        behind = lines_of(Headers(([] if names_host else [("Host", _host_header(place))]) + framing))
        for attempt in range(retries + 1):
            if attempt and self.client.retry_delay:
                gevent.sleep(self.client.retry_delay)
            response = self._send(
                method, place.tls, place.host, place.port, place.target, place.fragment, before + behind,
                len(before), body, 1 if names_host else 2, "cookie" in fields, stream,
                redirects, most_redirects, connect, read, 0.0, self._route(), asked.url, asked,
            )  # fmt: skip
            failure = response._native_failure()
            if not failure or failed_in_body(response) or not may_retry(Failure(*failure), _method_now(response)):
                break
        response._retries, response._unread = retries, stream
        return response

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
        exception = self._error_of(response)
        since, response_time, _, _ = response._native_times()
        if self.user:
            context = {**self.user.context(), **(context or {})}
        if stream:
            length = int((response.headers or {}).get("content-length") or 0)
            response.status_code = response.status_code  # from here on whatever becomes of the body
        else:
            length = len(response._content or b"") if response._native_failure() else response._native_body_size()
        return {
            "request_type": method,
            "name": name,
            "context": context if context is not None else {},
            "response": response,
            "exception": exception,
            "start_time": time.time() - since,
            "url": first_url(response),
            "response_length": length,
            "response_time": response_time,
        }

    def _error_of(self, response: Any) -> Exception | None:
        """What failed, or a status that is no success. The response has it as `error`, unless only its body failed."""
        response.error = None
        failure = response._native_failure()
        valid = self._codes("valid_response_codes", VALID_STATUS_CODES)
        if failure and failed_in_body(response):
            error = _error_in_body(response, failure)
            if error is None:  # only the core has minded
                return self._error_of_status(response, response._native_status(), valid)
            if response._native_status() in valid:
                response.status_code = response._native_status()
                return error
            response.error = error
        elif failure:
            retries = getattr(response, "_retries", self.max_retries)
            response.error = fast_error(Failure(*failure), first_url(response), retries, self.max_redirects)
        else:
            return self._error_of_status(response, response.status_code, valid)
        return response.error

    @staticmethod
    def _error_of_status(response: Any, status: int, valid: Any) -> Exception | None:
        if status not in valid:
            response.error = LocustBadStatusCode(response.url, code=status)
        return response.error

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
        return place_of_url(url or "")
    except (LocustError, ValueError):
        return None


def _host_header(place: Place) -> str:
    host = f"[{place.host}]" if ":" in place.host else place.host
    return host if place.port in (80, 443) else f"{host}:{place.port}"


def _json_text(value: Any) -> str:
    return json.dumps(value)


def _with_keywords(method: str, payload: Any, params: Any, more: dict[str, Any]) -> tuple[Any, Any]:
    """Keyword arguments that nobody knows go into the body of a POST, and into the query of anything else."""
    if not more:
        return payload, params
    if method.upper() == "POST":
        if payload is None:
            payload = more
        elif isinstance(payload, dict):
            payload.update(more)
    elif params is None:
        params = more
    elif isinstance(params, dict):
        params.update(more)
    return payload, params


def _method_now(response: Any) -> str:
    """The method of the hop that failed."""
    method = response._native_asked()[0]
    rewritten = any(row[2] in (301, 302, 303) for row in response._native_history())
    return "GET" if rewritten and method != "HEAD" else method


def _error_in_body(response: Any, failure: tuple) -> Exception | None:
    """What a body has failed with; None where geventhttpclient would have decoded it, and has got its content then."""
    if failure[0] == "decode":
        fields = {name.lower(): value for name, value in response._native_fields()}
        content, error = coding_error(fields.get("content-encoding", "").lower(), response._native_body())
        if error is None:
            response._content, response.status_code = content, response._native_status()
        return error
    return body_error(failure)


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
    # Addresses of this machine that the users' connections leave from, as --source-ip takes them;
    # empty: as that option says.
    source_ip: str = ""

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
            ssl_context_factory=self.ssl_context_factory,
            headers=self.default_headers,
            network_timeout=self.network_timeout,
            connection_timeout=self.connection_timeout,
            max_redirects=self.max_redirects,
            max_retries=self.max_retries,
            proxy_host=self.proxy_host,
            proxy_port=self.proxy_port,
            source_ip=checked_source_ip(type(self)),
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
