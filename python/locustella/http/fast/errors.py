"""The exceptions that FastHttpUser's requests fail with: geventhttpclient's names and words.

Thread: any.
"""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
import zlib
from typing import TYPE_CHECKING, Any

from gevent.timeout import Timeout

from ... import _core
from ..._core import Error, Stage
from ..errors import LIMITS, Failure, bad_line, name_error, os_error, ssl_error
from ..response_limits import limit_words

if TYPE_CHECKING:
    from ..._core import FailureRow
    from .response import FastResponse


class HTTPParseError(http.client.HTTPException):
    """The answer is not valid HTTP, or ends too early."""


class HTTPConnectionClosed(HTTPParseError):
    """The server closed the connection without an answer."""


class ConnectionError(Exception):  # noqa: A001 - geventhttpclient's name
    """A request that failed; keyword arguments become attributes and part of its words."""

    def __init__(self, url: Any, *args: Any, **kw: Any) -> None:
        self.url = url
        self.__dict__.update(kw)
        if args and isinstance(args[0], str):
            said = args[0] if len(args) == 1 else f"{args[0]}: {args[1:]}"
        else:
            said = str(args[0]) if len(args) == 1 else ""
        self.kw_text = ", ".join(f"{key}={value}" for key, value in kw.items())
        self.text = ", ".join(part for part in (said, self.kw_text) if part)

    def __str__(self) -> str:
        return f"URL {self.url}: {self.text}" if self.text else f"URL {self.url}"

    def __repr__(self) -> str:
        plain = super().__repr__()
        return plain.replace(")", f", {self.kw_text})") if self.kw_text else plain


class RetriesExceeded(ConnectionError):
    """All attempts failed; `original` is the last one's error."""


class BadStatusCode(ConnectionError):
    """A status that does not count as a success; `code` is it."""

    code = 0


class EmptyResponse(ConnectionError):
    """An answer without a body where one was needed."""


class UnrewoundBodyError(ConnectionError):
    """A body that cannot be sent a second time."""


class UnsupportedRedirectSchemeError(ConnectionError):
    """A redirect to something that is not http."""


class LocustBadStatusCode(ConnectionError):
    """A status that does not count as a success; `code` is it. All of one code are one failure."""

    def __repr__(self) -> str:
        return (
            super().__repr__().replace(f"{self.url!r}, ", "")
            if self.kw_text
            else super().__repr__()
        )


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

_TIMEOUTS = (Error.CONNECT_TIMEOUT, Error.READ_TIMEOUT, Error.TOTAL_TIMEOUT, Error.PROXY_TIMEOUT)
# System errors that geventhttpclient takes for temporary.
_RETRIED = (errno.ETIMEDOUT, errno.ENOLINK, errno.ENOENT, errno.EPIPE)
IDEMPOTENT = ("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE")


def failed_in_body(response: FastResponse) -> bool:
    """Whether the head of the answer had come when the request failed: then status and fields are
    known.
    """
    row = response._native_failure()
    assert row is not None
    failure = Failure(*row)
    if failure.category == "http" and failure.code not in (
        Error.CLOSED_BEFORE_RESPONSE,
        Error.INCOMPLETE_BODY,
        Error.BAD_CONTENT_CODING,
        *_TIMEOUTS,
    ):
        return False  # not HTTP, or over a limit: then nothing of it counts
    return failure.stage in (Stage.RECEIVE, Stage.DECODE) and response._native_status() >= 200


def may_retry(failure: Failure, method: str) -> bool:
    """Whether geventhttpclient would try again: after a timeout, and what is harmless twice."""
    temporary = failure.code in (_TIMEOUTS if failure.category == "http" else _RETRIED)
    return (
        temporary
        and failure.category not in ("getaddrinfo", "tls")
        and method.upper() in IDEMPOTENT
    )


def fast_error(failure: Failure, urls: list[str], retries: int, max_redirects: int) -> Exception:
    """The exception for a failure of the native core before or in place of an answer; `urls` are
    those asked for.
    """
    url = urls[0]
    if failure.category == "getaddrinfo":
        return name_error(failure)
    if failure.category == "tls":
        return ssl_error(failure)
    if failure.category != "http":
        error = os_error(failure)
        return RetriesExceeded(url, retries, original=error) if error.errno in _RETRIED else error
    if failure.code in _TIMEOUTS:
        return RetriesExceeded(url, retries, original=TimeoutError("timed out"))
    if failure.code == Error.PROXY_CLOSED:
        return RuntimeError("Proxy closed the connection before answering the CONNECT request")
    if failure.code in (Error.PROXY_REFUSED, Error.PROXY_AUTHENTICATION):
        hint = (
            " (proxy authentication required?)"
            if failure.code == Error.PROXY_AUTHENTICATION
            else ""
        )
        return RuntimeError(f"Proxy CONNECT failed: {failure.words}{hint}")
    if failure.code == Error.CLOSED_BEFORE_RESPONSE:
        return HTTPConnectionClosed("connection closed.")
    if failure.code == Error.INCOMPLETE_BODY:
        return HTTPParseError("Invalid EOF state", 14)
    if failure.code == Error.INCOMPLETE_HEAD:
        return HTTPParseError("connection closed before end of the headers")
    if failure.code in LIMITS:
        return HTTPParseError(limit_words(LIMITS[failure.code]))
    if failure.code == Error.MALFORMED_FIELD:
        return HTTPParseError(f"{failure.message}: {failure.words.strip()!r}")
    if failure.code == Error.TOO_MANY_REDIRECTS:
        return RetriesExceeded(url, f"Redirection limit reached ({max_redirects})")
    if failure.code == Error.REDIRECT_SCHEME:
        scheme = failure.words.partition(":")[0].lower()
        return UnsupportedRedirectSchemeError(
            urls[-1], f"refusing to follow redirect to {scheme!r} URL"
        )
    if failure.code == Error.INVALID_URL:
        return ConnectionError(urls[-1], f"the redirect to {failure.words!r} leads nowhere")
    if failure.code == Error.NO_ROUTE:
        return ConnectionError(urls[-1], failure.words)
    return HTTPParseError(_bad_words(failure))


def body_error(row: FailureRow) -> Exception:
    """The exception for a failure in the middle of a body."""
    failure = Failure(*row)
    if failure.category == "tls":
        return ssl_error(failure)
    if failure.category != "http":
        return os_error(failure)
    if failure.code in _TIMEOUTS:
        return TimeoutError("timed out")
    if failure.code in (Error.CLOSED_BEFORE_RESPONSE, Error.INCOMPLETE_BODY):
        return HTTPParseError("Incomplete response.")
    if failure.code in LIMITS:
        return HTTPParseError(limit_words(LIMITS[failure.code]))
    return HTTPParseError(_bad_words(failure))


def _bad_words(failure: Failure) -> str:
    return f"{failure.message}: {bad_line(failure)!r}" if failure.words else failure.message


def coding_error(coding: str, body: bytes) -> tuple[bytes, Exception | None]:
    """(the body decoded as geventhttpclient does it, None), or what it fails with."""
    try:
        if coding == "gzip":
            return zlib.decompress(body, 16 + zlib.MAX_WBITS), None
        if coding == "deflate":
            try:
                return zlib.decompress(body, -zlib.MAX_WBITS), None
            except zlib.error:
                return zlib.decompress(body), None
        if coding == "br":
            return _brotli(body), None
    except zlib.error as error:
        return b"", error
    return body, None


def _brotli(body: bytes) -> bytes:
    try:
        return _core.decode_content("br", body)
    except ValueError as error:
        raise zlib.error(str(error)) from error
