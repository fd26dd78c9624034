"""The exceptions that FastHttpUser's requests fail with: geventhttpclient's names and words.

Thread: any.
"""

from __future__ import annotations

import socket
import ssl
import zlib
from typing import Any

from gevent.timeout import Timeout

from ..http_errors import (
    CLOSED,
    CODING,
    CONNECT_TIMEOUT,
    INCOMPLETE,
    INCOMPLETE_HEAD,
    INVALID_URL,
    LIMITS,
    MALFORMED_FIELD,
    READ_TIMEOUT,
    REDIRECTS,
    SCHEME,
    TOTAL_TIMEOUT,
    Failure,
    bad_line,
    name_error,
    os_error,
    ssl_error,
)
from ..response_limits import limit_words


class HTTPParseError(Exception):
    """The answer is not valid HTTP, or ends too early."""


class HTTPConnectionClosed(HTTPParseError):
    """The server closed the connection without an answer."""


class ConnectionError(Exception):  # noqa: A001 - geventhttpclient's name
    """A request that failed; keyword arguments become attributes and part of its words."""

    def __init__(self, url: Any, *args: Any, **kw: Any) -> None:
        super().__init__(url, *args)
        self.url = url
        self.__dict__.update(kw)
        words = [str(arg) for arg in args]
        self.kw_text = ", ".join(f"{key}={value}" for key, value in kw.items())
        self.text = ", ".join(part for part in (": ".join(words), self.kw_text) if part)

    def __str__(self) -> str:
        return f"URL {self.url}: {self.text}" if self.text else f"URL {self.url}"

    def __repr__(self) -> str:
        arguments = ", ".join([*(repr(arg) for arg in self.args), *filter(None, [self.kw_text])])
        return f"{type(self).__name__}({arguments})"


class RetriesExceeded(ConnectionError):
    """All attempts failed; `original` is the last one's error."""


class UnsupportedRedirectSchemeError(ConnectionError):
    """A redirect to something that is not http."""


class LocustBadStatusCode(ConnectionError):
    """A status that does not count as a success; `code` is it. All of one code are one failure."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.kw_text})"


FAILURE_EXCEPTIONS = (
    ConnectionError,
    ConnectionRefusedError,
    ConnectionResetError,
    socket.error,
    ssl.SSLError,
    Timeout,
    HTTPConnectionClosed,
    HTTPParseError,
    zlib.error,
)


def fast_error(failure: Failure, url: str, attempts: int, max_redirects: int) -> Exception:
    """The exception for a failure of the native core."""
    if failure.category == "getaddrinfo":
        return name_error(failure)
    if failure.category == "tls":
        return ssl_error(failure)
    if failure.category != "http":
        return os_error(failure)
    code = failure.code
    if code in (CONNECT_TIMEOUT, READ_TIMEOUT, TOTAL_TIMEOUT):
        return RetriesExceeded(url, attempts, original=TimeoutError("timed out"))
    if code == CLOSED:
        return HTTPConnectionClosed("connection closed.")
    if code == INCOMPLETE:
        return HTTPParseError("Incomplete response.")
    if code == INCOMPLETE_HEAD:
        return HTTPParseError("connection closed before end of the headers")
    if code in LIMITS:
        return HTTPParseError(limit_words(LIMITS[code]))
    if code == MALFORMED_FIELD:
        return HTTPParseError(f"{failure.message}: {failure.words.strip()!r}")
    if code == REDIRECTS:
        return RetriesExceeded(url, f"Redirection limit reached ({max_redirects})")
    if code == CODING:
        return zlib.error(failure.message)
    if code in (SCHEME, INVALID_URL):
        return UnsupportedRedirectSchemeError(url, f"refusing to follow redirect to {failure.words!r}")
    return HTTPParseError(f"{failure.message}: {bad_line(failure)!r}" if failure.words else failure.message)
