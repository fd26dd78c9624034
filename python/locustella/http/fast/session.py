"""FastHttpUser's client: Locust's leaner HTTP API, on native connections.

    session = FastHttpSession("http://127.0.0.1:8080", environment.events.request, user=None)
    session.get("/products", name="/products").json()

A plain request is sent and recorded by the core alone (profile.py says which are); the others come
here, to `request`. Thread: the session's.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Container, Generator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from gevent.timeout import Timeout

from ... import _core
from ..._core import CookieKeeper, Dialect, HostField, Route
from ...exception import LocustError
from .. import ways
from ..cookies import SessionCookieJar
from ..errors import Failure
from ..field_templates import Row
from ..header_fields import basic_auth_value
from ..patches import foreign, found, pass_by
from ..phases import in_context
from ..pools import pool_of_clients, settings_of_clients
from ..request_encoding import redirect_limit
from ..shared_profiles import shared_route
from ..tls import arguments_of_factory, default_bundle
from ..urls import Place, split_credentials
from ..with_block import RenamesRequests, entry_of
from .agent import ACCEPT_ENCODING, USER_AGENT, ClientPool, LocustUserAgent, follows_redirects
from .attempts import wait_to_try_again
from .conversation import write_conversation
from .copies import copied
from .errors import (
    FAILURE_EXCEPTIONS,
    IDEMPOTENT,
    LocustBadStatusCode,
    failed_in_body,
    fast_error,
)
from .headers import Headers
from .profile import configure, field_template, has_other_agent
from .request import Asked, as_json, checked_method, described, laid_out, sent_as, with_keywords
from .response import (
    Answer,
    ErrorResponse,
    FastResponse,
    ResponseContextManager,
    error_in_body,
    first_url,
    urls_of,
)
from .urls import host_header, place_of_url, spelled_host

if TYPE_CHECKING:
    from ...event import EventHook
    from ...user.users import User

absolute_http_url_regexp = re.compile(r"^https?://", re.IGNORECASE)


class FastHttpSession(RenamesRequests, _core.SessionBase):
    """The HTTP client of a FastHttpUser. Times are in seconds."""

    _dialect = Dialect.GEVENTHTTPCLIENT
    _response_class: type[ResponseContextManager] = Answer
    _named_as = "FastHttpSession"  # in the words of a TypeError
    _said_by_verbs: Mapping[str, Mapping[str, Any]] = {}
    __copy__ = copied
    auth_header: str | None = None
    insecure = True
    connection_timeout: float = 60.0
    network_timeout: float = 60.0
    max_redirects = 30
    max_retries = 0
    default_headers: Any = None
    ssl_context_factory: Callable[..., Any] | None = None
    proxy = ""  # the URL of one
    client_pool: Any = None
    _most_at_once = 10
    source_ip: str = ""

    def __init__(
        self, base_url: str | None, request_event: EventHook, user: User | None,
        insecure: bool = True, client_pool: Any = None,
        ssl_context_factory: Callable[..., Any] | None = None, *,
        headers: dict[str, Any] | None = None,
        **settings: Any,
    ) -> None:  # fmt: skip
        self.request_event, self.user = request_event, user
        # a gevent.Timeout fails the request; HttpUser's ends the block
        self._catches_timeouts = True
        if base_url and "@" in base_url:
            base_url, credentials = split_credentials(base_url)
            if credentials:
                self.auth_header = basic_auth_value(*credentials)
        self.base_url = base_url
        concurrency = settings.pop("concurrency", 1)
        if client_pool is not None:
            self.client_pool, self._pool = client_pool, pool_of_clients(client_pool)
            settings |= settings_of_clients(client_pool)
            insecure = settings.pop("insecure")
            ssl_context_factory = settings.pop("ssl_context_factory")
        elif concurrency != self._most_at_once:
            self._most_at_once = concurrency
        if ssl_context_factory is not None:
            self.ssl_context_factory = ssl_context_factory
        proxy_host, proxy_port = settings.pop("proxy_host", None), settings.pop("proxy_port", None)
        if proxy_host is not None:
            if proxy_port is None:
                raise LocustError(f"The proxy {proxy_host} needs a port: set proxy_port too")
            self.proxy = (
                f"http://[{proxy_host}]:{proxy_port}"
                if ":" in proxy_host
                else f"http://{proxy_host}:{proxy_port}"
            )
        if headers:  # as they are now: the caller's dict may become somebody else's
            self.default_headers = _shared_headers(tuple(headers.items()))
        for name in ("max_redirects", "max_retries"):
            if name in settings:
                settings[name] = int(settings[name])
        for name, value in (("insecure", insecure), *settings.items()):
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

    def _pool_of_clients(self) -> Any:
        return self.client_pool or ClientPool(self)

    def _default_headers(self) -> Headers:
        """A copy of what each request says. A script may have put anything there."""
        agent = self.__dict__.get("_agent")
        headers = Headers({"User-Agent": USER_AGENT})
        headers.update((agent.default_headers if agent is not None else self.default_headers) or ())
        return headers

    def _setting(self, name: str) -> Any:
        """One of CLIENT_ARGUMENTS: as the session has it, unless somebody has changed it at its
        pool.
        """
        agent = self.__dict__.get("_agent")
        pool = agent.clientpool if agent is not None else None
        if isinstance(pool, ClientPool) and pool.client_args.get(name) != pool.made_with[name]:
            return pool.client_args[name] if name in pool.client_args else getattr(type(self), name)
        return getattr(self, name)

    def _given_headers(
        self, headers: Any = None, auth: tuple[str, str] | None = None
    ) -> dict[str, Any]:
        """What the caller says, with what each request has beside the defaults.

        The caller's dict stays as it is.
        """
        given = dict(headers) if headers else {}
        if auth:
            given["Authorization"] = basic_auth_value(auth[0], auth[1])
        elif self.auth_header:
            given["Authorization"] = self.auth_header
        if "Accept-Encoding" not in given and "accept-encoding" not in given:
            given["Accept-Encoding"] = ACCEPT_ENCODING
        return given

    def _plain_headers(self) -> Headers:
        headers = self._default_headers()
        headers.update(self._given_headers())
        return headers

    def _codes(self, name: str) -> Collection[int]:
        """Those of the agent, or that an agent would have."""
        return getattr(self.__dict__.get("_agent") or LocustUserAgent, name)

    def _follows(self, most: int) -> bool:
        """Whether redirects are followed; a limit of 0 takes them for answers, one below that for
        failures.
        """
        return most != 0 and follows_redirects(self._codes("redirect_response_codes"))

    def _configure(self) -> None:
        """Called by the core before the next plain request after a change: sets the profile."""
        configure(self)

    def _field_template(
        self, method: str, kind: str, lines: bytes, login: bytes
    ) -> list[Row] | None:
        """Called by the core, once for each kind of request: its fields. See field_templates.py."""
        return field_template(self, method, kind, lines, login)

    _spelled_host = staticmethod(spelled_host)  # which the core asks once for each odd one

    def _route(self) -> Route:
        insecure = bool(self._setting("insecure"))
        if self._setting("ssl_context_factory") is not None:
            return shared_route(
                **self._context_arguments(insecure), proxy=self.proxy, source_ip=self.source_ip
            )
        bundle = "" if insecure else default_bundle()
        return shared_route(
            verify=not insecure, ca_bundle=bundle, certificate="", key="", proxy=self.proxy,
            source_ip=self.source_ip,
        )  # fmt: skip

    def _context_arguments(self, insecure: bool) -> dict[str, Any]:
        """What the factory's context says; asked once, as the connections of a session share a
        context.
        """
        factory = self._setting("ssl_context_factory")
        known = self.__dict__.get("_context")
        if known is None or known[:2] != (factory, insecure):
            known = self.__dict__["_context"] = (
                factory,
                insecure,
                arguments_of_factory(factory, insecure),
            )
        return known[2]

    def _build_url(self, path: str) -> str:
        return path if absolute_http_url_regexp.match(path) else f"{self.base_url}{path}"

    def request(
        self, method: str, url: str, name: str | None = None, data: Any = None,
        catch_response: bool = False, stream: bool = False, headers: dict[str, Any] | None = None,
        auth: tuple[str, str] | None = None, json: Any = None, allow_redirects: bool = True,
        context: dict[str, Any] | None = None, **kwargs: Any,
    ) -> ResponseContextManager:  # fmt: skip
        """Sends and records one request; returns its response, also when it failed.

        `json` is sent only without `data`. `stream=True` returns with the headers: its time ends.
        `network_timeout` and `connection_timeout` are the request's; unknown keywords parameters.
        """
        response = self._request_plainly(
            method, url, name=name or None, data=data, catch_response=catch_response,
            stream=stream, headers=headers, auth=auth, json=json, context=context,
            allow_redirects=allow_redirects, **kwargs,
        )  # fmt: skip
        if response is not NotImplemented:
            return response
        if ways.are_counted():
            said = {"headers": headers, "auth": auth, "json": json, "data": data, **kwargs}
            said |= {"stream": stream or None, "context": context}
            ways.worked_out(self, method, url, said)
        built_url = self._build_url(url)
        given = self._given_headers(headers, auth)
        if not data and json is not None:
            data = as_json(json)
            for field in ("Content-Type", "Accept"):
                if field not in given and field.lower() not in given:
                    given[field] = "application/json"
        name = name or self.request_name or url
        if not (catch_response or context is not None or stream):
            kwargs |= entry_of(self, _SENDER, method, name)
        response = self._send_request_safe_mode(
            method, built_url, payload=data, headers=given, stream=stream,
            allow_redirects=allow_redirects, **kwargs,
        )  # fmt: skip
        if getattr(response, "_native_recorded", False):
            return response
        return self._recorded(response, method, name, catch_response, context, stream)

    def _send_request_safe_mode(
        self, method: str, url: str, *, headers: Any = None, payload: Any = None, **kwargs: Any
    ) -> Any:  # fmt: skip
        """The response to a request that nobody has recorded yet; a failed one has its exception.
        """
        if isinstance(jar := self.__dict__.get("_jar"), SessionCookieJar):
            jar.hand_on_changes()
        if has_other_agent(self):
            return self._by_the_agent(method, url, headers, payload, **kwargs)
        began = time.perf_counter()
        try:
            return self._asked_for(method, url, dict(headers or {}), payload, **kwargs)
        except OSError as error:  # of a file or an iterator that is the body, and any other
            return ErrorResponse.of_call(began, error)

    def _by_the_agent(
        self, method: str, url: str, headers: Any, payload: Any, stream: bool = False,
        allow_redirects: bool = True, **kwargs: Any,
    ) -> Any:  # fmt: skip
        """The same by `client.client.urlopen`, which somebody has changed."""
        if not allow_redirects:
            kwargs["max_redirects"] = 0
        began = time.perf_counter()
        try:
            return self.client.urlopen(
                url, method=method, headers=headers, payload=payload, **kwargs
            )
        except FAILURE_EXCEPTIONS as error:
            if (response := getattr(error, "response", None)) is None:
                response = ErrorResponse.of_call(began)
            response.error = error
            return response

    def _asked_for(
        self, method: str, url: str, given: dict[str, Any], payload: Any, /, stream: bool = False,
        allow_redirects: bool = True, params: Any = None, files: Any = None,
        max_retries: int | None = None, max_redirects: int | None = None,
        network_timeout: float | None = None, connection_timeout: float | None = None,
        debug_stream: Any = None, _entry: str | None = None, **more: Any,
    ) -> Any:  # fmt: skip
        """The response to a request that nobody has recorded yet, or the core in `_entry`."""
        body, params = with_keywords(method, payload, params, more)
        headers = self._default_headers()
        headers.update(given)
        sent = described(headers, body, files)
        place = place_of_url(url, params)
        method = checked_method(method)
        asked = Asked(url, headers, sent, given, payload)
        most = self.max_redirects if max_redirects is None else int(max_redirects)
        response = self._attempts(
            method, place, asked, bool(stream), bool(allow_redirects) and self._follows(most), most,
            self.max_retries if max_retries is None else int(max_retries),
            float(connection_timeout or self._setting("connection_timeout")),
            float(network_timeout or self._setting("network_timeout")), _entry,
        )  # fmt: skip
        if debug_stream is not None:
            write_conversation(debug_stream, method, place, asked, response)
        return response

    def _attempts(
        self, method: str, place: Place, asked: Asked, stream: bool, follow: bool,
        most_redirects: int, retries: int, connect: float, read: float,
        entry: str | None,
    ) -> Any:  # fmt: skip
        """The answer of the first attempt that had one, or the last failure."""
        if patch := found().fast_transport:
            pass_by(patch)
        fields = asked.headers.copy()
        names_host = "host" in fields
        body, before, behind = laid_out(method, fields, asked.payload, host_header(place))
        earlier: ResponseContextManager | None = None
        for left in range(retries, -1, -1):
            response = self._send(
                method=method, place=place, fields=before + behind, cookie_at=len(before),
                **sent_as(body), host=HostField.CALLERS if names_host else HostField.ORIGINS,
                cookies=CookieKeeper.CALLER if "cookie" in fields else CookieKeeper.JAR,
                stream=stream, dialect=self._dialect, follow=follow,
                max_redirects=redirect_limit(most_redirects), repeats=method in IDEMPOTENT,
                connect_s=connect, read_s=read, route=self._route(),
                asked=asked.url, details=asked, entry=entry if earlier is None else None,
            )  # fmt: skip
            if earlier is not None:
                response._native_go_on_from(earlier)
            earlier = response
            if not (left and self._tries_again(response)):
                break
        return response

    _tries_again = wait_to_try_again

    def _finish(
        self, response: ResponseContextManager, method: str, path: str, name: str | None,
        catch_response: bool, stream: bool,
    ) -> ResponseContextManager:  # fmt: skip
        context = getattr(response, "_said_context", None)
        return self._recorded(response, method, name or path, catch_response, context, stream)

    def _recorded(
        self, response: ResponseContextManager, method: str, name: str, catch_response: bool,
        context: dict[str, Any] | None, stream: bool,
    ) -> ResponseContextManager:  # fmt: skip
        """Builds what listeners get; records it now, or at the end of the caller's `with` block."""
        response.request_meta = self._meta(response, method, name, context, stream)
        response._request_event, response._catch_response = self.request_event, bool(catch_response)
        if not catch_response:
            self.request_event.fire(**response.request_meta)
        return response

    def _meta_of_unrecorded(self, response: ResponseContextManager) -> dict[str, Any]:
        method, name = response._native_asked()[0], response._entry_name
        context = getattr(response, "_said_context", None)
        meta = self._meta(response, method, name, context, response._native_streamed())
        if response._judged:
            meta["exception"] = response._verdict_of_the_core()
        return meta

    def _meta(
        self, response: ResponseContextManager, method: str, name: str | None,
        context: dict[str, Any] | None, stream: bool,
    ) -> dict[str, Any]:
        """What listeners get."""
        exception = self._error_of(response)
        if foreign(type(response), ("raise_for_status",)):  # whose verdict it is then
            exception = cast("Exception | None", response._own_verdict())
        since, response_time, _, _ = response._native_times()
        heard = getattr(response, "_heard_context", None)  # by listeners that the core has called
        if heard is not None:
            context = heard
        elif self.user:
            context = {**self.user.context(), **(context or {})}
        if stream:
            headers = response.headers
            length = int(headers.get("content-length") or 0) if headers is not None else 0
        else:
            length = (
                len(response._content or b"")
                if response._native_failure()
                else response._native_body_size()
            )
        return {
            "request_type": method,
            "name": name,
            "context": in_context(context if context is not None else {}, response),
            "response": response,
            "exception": exception,
            "start_time": time.time() - since,
            "url": first_url(response),
            "response_length": length,
            "response_time": response_time,
        }

    def _error_of(self, response: FastResponse) -> Exception | None:
        """What failed, or a status that is no success.

        The response has it as `error`, unless only its body failed.
        """
        if type(response) is ErrorResponse:
            return response.error
        response.error = None
        failure = response._native_failure()
        valid = self._codes("valid_response_codes")
        if failure and failed_in_body(response):
            error = error_in_body(response, failure)
            if error is None:  # only the core has minded
                return self._error_of_status(response, response._native_status(), valid)
            if response._native_status() in valid:
                response.status_code = response._native_status()
                return error
            response.error = error
        elif failure:
            response.error = fast_error(
                Failure(*failure), urls_of(response), self.max_retries, self.max_redirects
            )
        else:
            return self._error_of_status(response, response.status_code, valid)
        return response.error

    @staticmethod
    def _error_of_status(
        response: FastResponse, status: int, valid: Container[int]
    ) -> Exception | None:
        response.error = None if status in valid else LocustBadStatusCode(response.url, code=status)
        return response.error

    def iter_lines(
        self, url: str, method: str = "GET", **kwargs: Any
    ) -> Generator[str, None, None]:
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


_SENDER = FastHttpSession._send_request_safe_mode


@lru_cache(maxsize=256)
def _shared_headers(fields: tuple[tuple[str, Any], ...]) -> Headers:
    return Headers(fields)


def _cookie_jar(session: FastHttpSession) -> SessionCookieJar:
    jar = session.__dict__.get("_jar")
    if jar is None:
        jar = session.__dict__["_jar"] = SessionCookieJar.of(session)
    return jar


_core.set_timeout_class(Timeout)
