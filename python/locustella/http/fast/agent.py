"""`client.client`: the settings of a FastHttpUser's session, under geventhttpclient's names.

    self.client.client.default_headers["X-Token"] = "t"        # for all requests from now on
    self.client.client.max_redirects = 0
    self.client.client.clientpool.close()

A session makes it when it is first touched. Thread: the hub's.
"""

from __future__ import annotations

from typing import Any

from ...exception import LocustError
from ..cookies import SessionCookieJar
from .headers import Headers
from .request import FastRequest
from .response import FastResponse

USER_AGENT = "python/gevent-http-client-2.6.1"
ACCEPT_ENCODING = "gzip, deflate, br"
VALID_STATUS_CODES = frozenset([200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 301, 302, 303, 304, 307, 308])
REDIRECT_STATUS_CODES = frozenset([301, 302, 303, 307, 308])


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

    def __init__(self, session: Any) -> None:
        self.__dict__["_session"] = session
        self.clientpool: Any = session._pool_of_clients()
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
