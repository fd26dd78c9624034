"""`client.client`: the settings of a FastHttpUser's session, under geventhttpclient's names.

    self.client.client.default_headers["X-Token"] = "t"        # for all requests from now on
    self.client.client.max_redirects = 0
    self.client.client.clientpool.close()

A session makes it when it is first touched, and from then on goes by what is assigned here, at any
time: the core watches it. Thread: the hub's.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from ...exception import LocustError
from ..cookies import SessionCookieJar
from .request import FastRequest
from .response import FastResponse

if TYPE_CHECKING:
    from .session import FastHttpSession

USER_AGENT = "python/gevent-http-client-2.6.1"
ACCEPT_ENCODING = "gzip, deflate, br"
VALID_STATUS_CODES = frozenset(
    [200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 301, 302, 303, 304, 307, 308]
)
REDIRECT_STATUS_CODES = frozenset([301, 302, 303, 307, 308])


def follows_redirects(codes: Collection[int]) -> bool:
    """What `redirect_response_codes` says. Raises LocustError where it can be neither."""
    if codes and set(codes) != REDIRECT_STATUS_CODES:
        raise LocustError(
            "redirect_response_codes can be empty, or the five that are there: all are followed "
            "or none"
        )
    return bool(codes)


# Settings of a session that `client.client.clientpool.client_args` shows, once somebody looks at
# it.
CLIENT_ARGUMENTS = ("insecure", "ssl_context_factory", "network_timeout", "connection_timeout")


class ClientPool:
    """`client.client.clientpool`: the connections of a session, and in `client_args` how they are
    made.
    """

    def __init__(self, session: FastHttpSession) -> None:
        self._session = session
        self.client_args: dict[str, Any] = {
            name: getattr(session, name) for name in CLIENT_ARGUMENTS
        }
        self.made_with = dict(self.client_args)

    def close(self) -> None:
        """Closes them; the next request opens a new one."""
        self._session._close_connections()


class LocustUserAgent:
    """`client.client`: the settings of a session under geventhttpclient's names.

    What is assigned takes effect.
    """

    response_type, request_type = FastResponse, FastRequest
    retry_delay = 0.0
    valid_response_codes = VALID_STATUS_CODES
    redirect_response_codes = REDIRECT_STATUS_CODES

    def __init__(self, session: FastHttpSession) -> None:
        self._session = session
        self.clientpool: Any = session._pool_of_clients()
        self.default_headers: Any = session._default_headers()

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "redirect_response_codes":
            follows_redirects(value)
        object.__setattr__(self, name, value)

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
        response = self._session._asked_for(
            method, str(url), dict(headers or {}), payload, **kwargs
        )
        if (error := self._session._error_of(response)) is not None:
            raise error
        return response

    def watched(self) -> list[Any]:
        """The dicts that say what is set here, but for the default headers."""
        things = [vars(self), type(self)]
        if isinstance(arguments := getattr(self.clientpool, "client_args", None), dict):
            things.append(arguments)
        return things

    def close(self) -> None:
        self.clientpool.close()
