"""Failures of the native core as the exceptions that `requests` would have raised.

Locust groups failures by the repr of the innermost exception, so the chain below each is built as
`requests`, urllib3 and http.client build theirs: ConnectionError, in it MaxRetryError or
ProtocolError, in it the OSError.

Thread: any.
"""

from __future__ import annotations

import errno
import http.client
import os
import socket
import ssl
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from requests import exceptions
from urllib3 import exceptions as urllib3_exceptions
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import _get_decoder
from urllib3.util import Timeout

from .._core import Error, Stage
from .header_fields import joined_headers
from .request_encoding import timeout_pair
from .response_limits import limit_words
from .urls import location_of, parts_of, redirected_url

if TYPE_CHECKING:
    from .._core import FailureRow
    from .session.response import NativeResponse

# The limit that each of these has met.
LIMITS: dict[int, str] = {
    Error.HEAD_TOO_LARGE: "head",
    Error.TOO_MANY_FIELDS: "fields",
    Error.BODY_TOO_LARGE: "body",
    Error.TOO_MANY_INTERIM: "interim",
}

ErrorT = TypeVar("ErrorT", bound=BaseException)


class Failure(NamedTuple):
    """What `_native_failure()` tells."""

    stage: Stage
    category: str
    code: int  # an Error where the category is "http"
    message: str
    words: str


def os_error(failure: Failure) -> OSError:
    """The OSError of a failed system call, of the class that its number has."""
    words = "" if failure.words.startswith("proxy ") else failure.words
    return OSError(failure.code, words or os.strerror(failure.code))


def name_error(failure: Failure) -> socket.gaierror:
    return socket.gaierror(failure.code, failure.message)


def ssl_error(failure: Failure) -> ssl.SSLError:
    """The error of Python's ssl for a failed handshake."""
    if failure.words.startswith("certificate verify failed"):
        return ssl.SSLCertVerificationError(1, f"[SSL: CERTIFICATE_VERIFY_FAILED] {failure.words}")
    return ssl.SSLError(1, f"[SSL: {failure.words.upper().replace(' ', '_')}] {failure.words}")


def chained(error: ErrorT, cause: BaseException | None) -> ErrorT:
    error.__context__ = cause
    return error


def requests_error(response: NativeResponse, row: FailureRow) -> exceptions.RequestException:
    """The exception for a response's failure, with its `request`."""
    failure = Failure(*row)
    error = _error_of(failure, response)
    error.request = error.request or response.request
    if isinstance(error, exceptions.TooManyRedirects):
        error.response = response.answer_so_far()
        error.request = error.response.request
    return error


def _error_of(failure: Failure, response: NativeResponse) -> exceptions.RequestException:
    if failure.category == "getaddrinfo":
        return _unreachable(response, name_error(failure))
    if failure.category == "tls" or (
        failure.category == "http" and failure.code == Error.TLS_SETUP
    ):
        return _tls(response, failure)
    if failure.category == "http":
        return _HTTP_ERRORS[Error(failure.code)](failure, response)
    if failure.stage is Stage.CONNECT:
        return _unreachable(response, os_error(failure))
    return _aborted(os_error(failure))


def _url(response: NativeResponse) -> str:
    """Of the last request, which has one."""
    return str(response.request.url)


def pool_of(response: NativeResponse) -> Any:
    """A pool of urllib3's as errors name it."""
    tls, host, port, _ = parts_of(_url(response))
    return (HTTPSConnectionPool if tls else HTTPConnectionPool)(host, port)


def _target(response: NativeResponse) -> str:
    return parts_of(_url(response))[3]


def _unreachable(response: NativeResponse, cause: OSError) -> exceptions.ConnectionError:
    tls, host, port, target = parts_of(_url(response))
    proxy = _proxy_of(response)
    host, port = proxy or (host, port)
    connection = (HTTPSConnection if tls else HTTPConnection)(host, port)
    inner: urllib3_exceptions.NewConnectionError
    if isinstance(cause, socket.gaierror):
        inner = urllib3_exceptions.NameResolutionError(host, connection, cause)
    else:
        words = f"Failed to establish a new connection: {cause}"
        inner = urllib3_exceptions.NewConnectionError(connection, words)
    chained(inner, cause)
    if proxy:
        return _no_proxy(response, inner)
    retries = chained(urllib3_exceptions.MaxRetryError(pool_of(response), target, inner), inner)
    return chained(exceptions.ConnectionError(retries), retries)


def _proxy_of(response: NativeResponse) -> tuple[str, int] | None:
    """(host, port) of the HTTP proxy that could not be reached, or None if it was no proxy."""
    row = response._native_failure()
    assert row is not None
    failure = Failure(*row)
    if not failure.words.startswith("proxy "):
        return None
    host, _, port = failure.words.removeprefix("proxy ").rpartition(":")
    return host.strip("[]"), int(port)


def _no_proxy(response: NativeResponse, cause: Exception) -> exceptions.ProxyError:
    """What urllib3 makes of a proxy that cannot be reached or refuses."""
    pool, target = pool_of(response), _target(response)
    proxy = _proxy_of(response)
    if proxy and not isinstance(pool, HTTPSConnectionPool):  # forwarded: the pool is the proxy's
        pool, target = HTTPConnectionPool(*proxy), _url(response)
    inner = urllib3_exceptions.ProxyError("Unable to connect to proxy", cause)
    inner.__cause__ = cause
    retries = chained(urllib3_exceptions.MaxRetryError(pool, target, inner), cause)
    retries.__cause__ = inner
    return chained(exceptions.ProxyError(retries), retries)


def _aborted(cause: Exception) -> exceptions.ConnectionError:
    protocol = chained(urllib3_exceptions.ProtocolError("Connection aborted.", cause), cause)
    return chained(exceptions.ConnectionError(protocol), protocol)


def _tls(response: NativeResponse, failure: Failure) -> exceptions.RequestException:
    if failure.code == Error.TLS_SETUP and failure.category == "http":
        return exceptions.ConnectionError(OSError(failure.words))
    cause = ssl_error(failure)
    inner = chained(urllib3_exceptions.SSLError(cause), cause)
    retries = chained(
        urllib3_exceptions.MaxRetryError(pool_of(response), _target(response), inner), inner
    )
    return chained(exceptions.SSLError(retries), retries)


def _closed(failure: Failure, response: NativeResponse) -> exceptions.RequestException:
    return _aborted(http.client.RemoteDisconnected(failure.message))


def _incomplete(failure: Failure, response: NativeResponse) -> exceptions.RequestException:
    size = response._native_body_size()
    expected = int(joined_headers(response._native_fields()).get("content-length") or 0)
    cause = urllib3_exceptions.IncompleteRead(size, max(expected - size, 0))
    broken = urllib3_exceptions.ProtocolError(f"Connection broken: {cause!r}", cause)
    protocol = chained(broken, cause)
    return chained(exceptions.ChunkedEncodingError(protocol), protocol)


def bad_line(failure: Failure) -> str:
    """The line that was wrong, with a guess at what it is where it looks like another protocol."""
    line = failure.words or failure.message
    for beginning, guess in (
        ("\x15\x03", "TLS: is the URL to begin with https?"),
        ("\x16\x03", "TLS"),
        ("\0\0", "HTTP/2, perhaps"),
        ("PRI * HTTP/2", "HTTP/2"),
    ):
        if line.startswith(beginning):
            return f"{line} (this is {guess})"
    return line


def _malformed(failure: Failure, response: NativeResponse) -> exceptions.RequestException:
    if not response._native_fields():
        return _aborted(http.client.BadStatusLine(bad_line(failure)))
    read = SimpleNamespace(tell=response._native_body_size, length_remaining=None)
    cause = _bad_chunk(read, failure)
    protocol = chained(
        urllib3_exceptions.ProtocolError(f"Connection broken: {cause!r}", cause), cause
    )
    return chained(exceptions.ChunkedEncodingError(protocol), protocol)


def _bad_chunk(read: Any, failure: Failure) -> Exception:
    line = failure.words.encode("latin1")
    cause = urllib3_exceptions.InvalidChunkLength(read, line)
    return chained(cause, ValueError(f"invalid literal for int() with base 16: {line!r}"))


def _malformed_field(failure: Failure, response: NativeResponse) -> exceptions.RequestException:
    if not failure.words.lower().startswith(("content-length", "transfer-encoding")):
        return _aborted(http.client.HTTPException(f"{failure.message}: {failure.words.strip()!r}"))
    cause = urllib3_exceptions.InvalidHeader(f"{failure.message}: {failure.words.strip()!r}")
    return chained(exceptions.InvalidHeader(cause), cause)


def _ended_in_the_head(failure: Failure, response: NativeResponse) -> exceptions.RequestException:
    protocol = urllib3_exceptions.ProtocolError("Response ended prematurely")
    return chained(exceptions.ChunkedEncodingError(protocol), protocol)


def _beyond_a_limit(failure: Failure, response: NativeResponse) -> exceptions.RequestException:
    return _aborted(http.client.HTTPException(limit_words(LIMITS[failure.code])))


def _unasked(failure: Failure, response: NativeResponse) -> exceptions.RequestException:
    return _aborted(http.client.HTTPException(failure.message))


def _undecodable(failure: Failure, response: NativeResponse) -> exceptions.RequestException:
    coding = failure.words.lower()
    message = f"Received response with content-encoding: {coding}, but failed to decode it."
    cause: Exception = ValueError(failure.message)
    try:  # once more with urllib3, for the words that it has for it
        decoder = _get_decoder(coding)
        decoder.decompress(response._native_body())
        decoder.flush()
    except Exception as error:
        cause = error
    inner = chained(urllib3_exceptions.DecodeError(message, cause), cause)
    return chained(exceptions.ContentDecodingError(inner), inner)


def _too_many_redirects(failure: Failure, response: NativeResponse) -> exceptions.RequestException:
    most = getattr(response._native_session(), "max_redirects", len(response._native_history()))
    return exceptions.TooManyRedirects(f"Exceeded {most} redirects.")


def _body_gone(failure: Failure, response: NativeResponse) -> exceptions.RequestException:
    return exceptions.UnrewindableBodyError("Unable to rewind request body for redirect.")


def _no_route(failure: Failure, response: NativeResponse) -> exceptions.RequestException:
    return exceptions.ProxyError(failure.words)


def _bad_redirect(failure: Failure, response: NativeResponse) -> exceptions.RequestException:
    url = redirected_url(_url(response), location_of([("location", failure.words)]))
    if failure.code == Error.REDIRECT_SCHEME:
        return exceptions.InvalidSchema(f"No connection adapters were found for {url!r}")
    try:
        hostname, _ = urlsplit(url).hostname, urlsplit(url).port
    except ValueError as error:
        return chained(exceptions.InvalidURL(error), error)
    if not hostname:
        cause = urllib3_exceptions.LocationValueError("No host specified.")
        request = response.request.copy()
        request.url = url
        return chained(exceptions.InvalidURL(cause, request=request), cause)
    return exceptions.InvalidURL(f"Invalid redirect to {url!r}")


def _connect_timeout(failure: Failure, response: NativeResponse) -> exceptions.RequestException:
    tls, host, port, target = parts_of(_url(response))
    seconds = _timeout_of(response, 0)
    cause = TimeoutError("timed out")
    proxy = _proxy_of(response)
    message = f"Connection to {(proxy or (host,))[0]} timed out. (connect timeout={seconds})"
    connection = (HTTPSConnection if tls else HTTPConnection)(*(proxy or (host, port)))
    inner = chained(urllib3_exceptions.ConnectTimeoutError(connection, message), cause)
    if proxy:
        return _no_proxy(response, inner)
    retries = chained(urllib3_exceptions.MaxRetryError(pool_of(response), target, inner), inner)
    return chained(exceptions.ConnectTimeout(retries), retries)


def _read_timeout(failure: Failure, response: NativeResponse) -> exceptions.RequestException:
    if response._native_fields():  # in the middle of the body: requests says so in another way
        broken = urllib3_exceptions.ReadTimeoutError(pool_of(response), None, "Read timed out.")
        return chained(
            exceptions.ConnectionError(broken), chained(broken, TimeoutError("timed out"))
        )
    message = f"Read timed out. (read timeout={_timeout_of(response, 1)})"
    cause = urllib3_exceptions.ReadTimeoutError(pool_of(response), _target(response), message)
    return chained(exceptions.ReadTimeout(cause), chained(cause, TimeoutError("timed out")))


def _proxy_refused(failure: Failure, response: NativeResponse) -> exceptions.RequestException:
    if failure.words.startswith("HTTP/"):
        status = failure.words.partition(" ")[2]
        return _no_proxy(response, OSError(f"Tunnel connection failed: {status}"))
    tls, host, port, target = parts_of(_url(response))
    connection = (HTTPSConnection if tls else HTTPConnection)(host, port)
    inner = urllib3_exceptions.NewConnectionError(
        connection, f"Failed to establish a new connection: {failure.words or failure.message}"
    )
    retries = chained(urllib3_exceptions.MaxRetryError(pool_of(response), target, inner), inner)
    return chained(exceptions.ConnectionError(retries), retries)


def _proxy_closed(failure: Failure, response: NativeResponse) -> exceptions.RequestException:
    if failure.words:  # not in good order
        return _aborted(ConnectionResetError(errno.ECONNRESET, failure.words))
    return _aborted(http.client.RemoteDisconnected("Remote end closed connection without response"))


def _proxy_nonsense(failure: Failure, response: NativeResponse) -> exceptions.RequestException:
    return _aborted(http.client.BadStatusLine(failure.words or failure.message))


def _proxy_timeout(failure: Failure, response: NativeResponse) -> exceptions.RequestException:
    message = f"Read timed out. (read timeout={_timeout_of(response, 0)})"
    inner = TimeoutError("timed out")
    cause = chained(
        urllib3_exceptions.ReadTimeoutError(pool_of(response), _target(response), message), inner
    )
    return chained(exceptions.ReadTimeout(cause), cause)


def _timeout_of(response: NativeResponse, index: int) -> Any:
    details = response._native_sent() or response._native_asked()[2]
    timeout = details[2] if details else None
    if isinstance(timeout, Timeout):
        return timeout_pair(timeout)[index]
    return timeout[index] if isinstance(timeout, tuple) else timeout


def broken_body(response: NativeResponse, raw: Any) -> Exception | None:
    """What http.client or the socket would have raised when a streamed body broke off; None: it did
    not.
    """
    if (row := response._native_broken()) is None:
        return None
    failure = Failure(*row)
    if failure.category == "tls":
        return ssl_error(failure)
    if failure.category != "http":
        return os_error(failure)
    if failure.code in (Error.READ_TIMEOUT, Error.TOTAL_TIMEOUT):
        return TimeoutError("timed out")
    if failure.code == Error.INCOMPLETE_BODY and not raw.chunked:
        return None  # urllib3 counts the bytes itself
    if failure.code == Error.MALFORMED_RESPONSE and raw.chunked:
        return _bad_chunk(raw, failure)
    return urllib3_exceptions.ProtocolError("Response ended prematurely")


_HTTP_ERRORS: dict[Error, Callable[[Failure, NativeResponse], exceptions.RequestException]] = {
    Error.CLOSED_BEFORE_RESPONSE: _closed,
    Error.INCOMPLETE_BODY: _incomplete,
    Error.MALFORMED_RESPONSE: _malformed,
    Error.HEAD_TOO_LARGE: _beyond_a_limit,
    Error.BAD_CONTENT_CODING: _undecodable,
    Error.BODY_TOO_LARGE: _beyond_a_limit,
    Error.TOO_MANY_REDIRECTS: _too_many_redirects,
    Error.REDIRECT_SCHEME: _bad_redirect,
    Error.INVALID_URL: _bad_redirect,
    Error.CONNECT_TIMEOUT: _connect_timeout,
    Error.READ_TIMEOUT: _read_timeout,
    Error.TOTAL_TIMEOUT: _read_timeout,
    Error.PROXY_REFUSED: _proxy_refused,
    Error.PROXY_AUTHENTICATION: _proxy_refused,
    Error.PROXY_CLOSED: _proxy_closed,
    Error.PROXY_PROTOCOL: _proxy_nonsense,
    Error.PROXY_TIMEOUT: _proxy_timeout,
    Error.BODY_GONE: _body_gone,
    Error.NO_ROUTE: _no_route,
    Error.TOO_MANY_FIELDS: _beyond_a_limit,
    Error.TOO_MANY_INTERIM: _beyond_a_limit,
    Error.MALFORMED_FIELD: _malformed_field,
    Error.INCOMPLETE_HEAD: _ended_in_the_head,
    Error.UNASKED_RESPONSE: _unasked,
}
