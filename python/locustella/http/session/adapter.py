"""A transport adapter for `requests` that sends over native connections, one hop at a time.

    session = requests.Session()
    session.mount("https://", NativeAdapter())  # any session of requests'; a NativeSession has it

It is what lets `requests`' own session code (hooks, authentication classes, redirects, overridden
methods) run over the core. What the core cannot send it leaves to HTTPAdapter, that is to urllib3
over gevent's sockets: proxies over TLS, retries, pools that block, whatever a subclass has changed
about pools, and everything while somebody has patched HTTPAdapter, urllib3, http.client or socket
(patches.py).

Thread: the one that used it first.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from weakref import ref

from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidSchema, InvalidURL
from requests.utils import select_proxy
from urllib3.exceptions import LocationValueError
from urllib3.util.retry import Retry

from ..._core import CookieKeeper, Dialect, HostField, Route
from ..errors import requests_error
from ..header_fields import without_brotli
from ..patches import found
from ..request_encoding import (
    body_bytes,
    checked_method,
    framed,
    header_lines,
    in_chunks,
    pieces_of,
    timeouts,
)
from ..shared_profiles import shared_route
from ..tls import check_files, tls_arguments, warn_of_no_verification
from ..urls import Place, place_of, proxy_url
from . import wire_log

if TYPE_CHECKING:
    from requests.models import PreparedRequest, Response

    from .response import NativeResponse
    from .session import NativeSession

# Methods of HTTPAdapter that make a difference only to urllib3's pools.
_ABOUT_POOLS = (
    "build_connection_pool_key_attributes", "build_response", "cert_verify", "get_connection",
    "get_connection_with_tls_context", "init_poolmanager", "proxy_headers", "proxy_manager_for",
    "request_url",
)  # fmt: skip


class NativeAdapter(HTTPAdapter):
    """Sends prepared requests natively."""

    _serves: ref[NativeSession] | None = None
    _own_session: NativeSession | None = None

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any
    ) -> None:
        self._pool_connections, self._pool_maxsize, self._pool_block = connections, maxsize, block
        self._pool_arguments = pool_kwargs

    def __getattr__(self, name: str) -> Any:
        if name != "poolmanager" or "_pool_arguments" not in self.__dict__:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        HTTPAdapter.init_poolmanager(
            self,
            self._pool_connections,
            self._pool_maxsize,
            self._pool_block,
            **self._pool_arguments,
        )
        return self.__dict__["poolmanager"]

    # -- whose connections -------------------------------------------------------------------------

    def serve(self, session: NativeSession | None) -> None:
        """Uses this session's connections from now on, unless it has others already."""
        if self._serves is None and self._own_session is None and session is not None:
            self._serves = ref(session)

    def serves(self, session: NativeSession) -> bool:
        return self._serves is not None and self._serves() is session

    def _session(self) -> NativeSession:
        served = self._serves() if self._serves is not None else None
        if served is not None:
            return served
        if self._own_session is None:
            from .session import NativeSession

            self._own_session = NativeSession()
        return self._own_session

    # -- sending -----------------------------------------------------------------------------------

    def send(
        self, request: PreparedRequest, stream: bool = False, timeout: Any = None,
        verify: Any = True, cert: Any = None, proxies: Any = None,
    ) -> Response:  # fmt: skip
        """One hop: the answer to this request, a redirect as it is.

        Raises `requests`' exceptions.
        """
        route = None if found().transport else self._route(request, verify, cert, proxies)
        if route is None:
            without_brotli(request.headers)
            return super().send(
                request, stream=stream, timeout=timeout, verify=verify, cert=cert, proxies=proxies
            )
        wire: bytes | Iterator[bytes] | None = body_bytes(request.body)
        if wire is None:
            wire = pieces_of(request.body)
        place = _place_of(request)
        check_files(place.tls, verify, cert)
        if place.tls and not verify:
            warn_of_no_verification(place.host)
        self.add_headers(
            request, stream=stream, timeout=timeout, verify=verify, cert=cert, proxies=proxies
        )
        response = self._exchange(request, place, wire, stream, timeout, route)
        response.request, response.connection, response.url = request, self, place.url
        response._next = None  # the session's code says
        if failure := response._native_failure():
            raise requests_error(response, failure)
        return response

    def _exchange(
        self, request: PreparedRequest, place: Place, wire: bytes | Iterator[bytes], stream: bool,
        timeout: Any, route: Route,
    ) -> NativeResponse:  # fmt: skip
        headers = request.headers
        method = checked_method(request.method)  # type: ignore[arg-type]  # None ends here
        lines, _ = header_lines(method, headers, request.body, len(headers))
        connect, read = timeouts(timeout)
        response = self._session()._send(
            method=method, place=place._replace(fragment=""), fields=lines, cookie_at=len(lines),
            body=framed(headers, request.body, wire), chunked=in_chunks(headers, wire),
            host=HostField.CALLERS if "host" in headers else HostField.ADDED,
            cookies=CookieKeeper.NOBODY, stream=bool(stream), dialect=Dialect.REQUESTS,
            connect_s=connect, read_s=read, route=route, asked=str(request.url),
            details=(headers, request.body, timeout),
        )  # fmt: skip
        wire_log.tell(response, place, method)
        return response

    def _route(
        self, request: PreparedRequest, verify: Any, cert: Any, proxies: Any
    ) -> Route | None:
        """None where only urllib3 knows the way."""
        if self.needs_urllib3():
            return None
        kind: type = type(self)
        if _changes_pools(kind):
            return None
        proxy = select_proxy(str(request.url), proxies)
        try:
            proxy = proxy_url(proxy) if proxy else ""
            source_ip = getattr(self._session(), "source_ip", "")
            return shared_route(
                **tls_arguments(verify, cert), proxy=proxy, resume=False, source_ip=source_ip
            )
        except ValueError:
            return None

    def needs_urllib3(self) -> bool:
        """Whether only its pools do what the adapter was told: retries, a pool that blocks, ..."""
        return bool(self._pool_arguments or self._pool_block) or retries_of_its_own(self)

    def close(self) -> None:
        """Closes the connections; the adapter can be used again."""
        if "poolmanager" in self.__dict__:
            self.poolmanager.clear()
        for manager in self.proxy_manager.values():
            manager.clear()
        if (
            session := self._serves() if self._serves is not None else self._own_session
        ) is not None:
            session._close_connections()

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name, None) for name in self.__attrs__}


def retries_of_its_own(adapter: HTTPAdapter) -> bool:
    """Whether its `max_retries` are not just none: any others may send again, or word failures
    otherwise, as those of `Retry(0)` do.
    """
    retries = adapter.max_retries
    return type(retries) is not Retry or vars(retries) != _NO_RETRIES


# What HTTPAdapter makes of `max_retries=0`.
_NO_RETRIES = vars(Retry(0, read=False))


def _place_of(request: PreparedRequest) -> Place:
    """Where the request leads; InvalidURL as HTTPAdapter has it."""
    url = str(request.url)
    try:
        return place_of(url)
    except InvalidSchema:
        if not url.lower().startswith(("http:", "https:")):
            raise
    except ValueError as error:
        raise InvalidURL(error, request=request) from error
    try:
        raise LocationValueError("No host specified.")
    except LocationValueError as error:
        raise InvalidURL(error, request=request) from error


@lru_cache(maxsize=64)
def _changes_pools(cls: type) -> bool:
    ours = {"init_poolmanager": NativeAdapter.init_poolmanager}
    return any(
        getattr(cls, name) is not ours.get(name, getattr(HTTPAdapter, name))
        for name in _ABOUT_POOLS
    )
