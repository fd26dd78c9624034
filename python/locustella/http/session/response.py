"""Answers of the native core as `requests.Response` objects, decoded only where they are touched.

`NativeResponse` is a `requests.Response` in every way that a script can see. The core keeps the
bytes as they came; each attribute is made here when it is first read, and can be assigned.

Thread: the hub's.
"""

from __future__ import annotations

import io
import json
from collections.abc import Generator
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import requests
from gevent.exceptions import ConcurrentObjectUseError
from requests.compat import JSONDecodeError
from requests.compat import json as complexjson
from requests.cookies import MockRequest, MockResponse, RequestsCookieJar
from requests.exceptions import JSONDecodeError as RequestsJSONDecodeError
from requests.models import PreparedRequest, Response
from requests.sessions import Session as PlainSession
from requests.structures import CaseInsensitiveDict
from requests.utils import (
    get_encoding_from_headers,
    stream_decode_response_unicode,
    to_native_string,
)
from urllib3 import HTTPHeaderDict, HTTPResponse

from ... import _core
from ..header_fields import Fields, headers_of_block, joined_headers
from ..json_text import parsed
from ..request_encoding import ACCEPT_ENCODING, USER_AGENT
from ..urls import location_of, redirected_url
from .raw import NativeRaw, message_of

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

    from .session import NativeSession


_CHUNKED = ("Transfer-Encoding", "chunked")  # urllib3's, of a body that is there and empty


def cookies_of(request: PreparedRequest, fields: Fields) -> RequestsCookieJar:
    """The cookies that one answer has set."""
    jar = RequestsCookieJar()
    message = message_of((name, value) for name, value in fields if name.lower() == "set-cookie")
    if len(message):
        jar.extract_cookies(
            MockResponse(message),  # type: ignore[arg-type]  # `requests` does so
            MockRequest(request),  # type: ignore[arg-type]  # too
        )
    return jar


class NativeResponse(_core.ResponseBase, Response):
    """A `requests.Response` on the native core."""

    # Start in Unix seconds and response time in ms: of a request by `requests`' own session code,
    # and of one that could not be sent to its end.
    slow_times: tuple[float, float] | None = None
    failed_times: tuple[float, float] | None = None
    _has_raw = False
    # Made by the functions below when they are first read.
    status_code: int
    url: str
    headers: CaseInsensitiveDict[str]
    reason: str
    encoding: str | None
    elapsed: timedelta
    history: list[Response]
    cookies: RequestsCookieJar
    request: PreparedRequest
    error: Exception | None

    def __init__(self) -> None:
        self._adopt({})
        Response.__init__(self)
        self.error = None

    @classmethod
    def adopting(cls, response: Response) -> Self:
        """The same answer as one of ours."""
        if isinstance(response, cls):
            return response
        self = cls.__new__(cls)
        self._adopt(dict(response.__dict__))
        self.error = None
        self.history = [cls.adopting(r) if type(r) is Response else r for r in response.history]
        return self

    @classmethod
    def failed(cls, error: requests.RequestException) -> Self:
        """What stands in for the answer to a request that failed: status 0, no body."""
        self = cls.__new__(cls)
        NativeResponse.__init__(self)
        self.error = error
        self.status_code = 0
        self.request = error.request  # type: ignore[assignment]  # prepared, or None
        return self

    def answer_so_far(self) -> Response:
        """The last answer, also when the request has failed in spite of it."""
        requests = chain_of(self)
        answer = _answer(
            requests[-1], self._native_status(), self._native_reason(), self._native_fields(),
            self._native_body(), self._native_times()[2] / 1000,
        )  # fmt: skip
        answer.history = _history(self)
        return answer

    def raise_for_status(self) -> None:
        """Raises what the request has failed with, or `requests`' HTTPError."""
        if self.error:
            raise self.error
        Response.raise_for_status(self)

    @property
    def text(self) -> str:
        """The body as text; where nothing says how it is encoded, that is guessed."""
        text = self._native_text()
        if text is None and self._native_streamed() and self.content:
            text = self._native_text()
        return super().text if text is None else text

    def json(self, **kwargs: Any) -> Any:
        """The body parsed as JSON.

        Raises requests' JSONDecodeError; `kwargs` go to `json.loads`.
        """
        if self._native_streamed() and self._content is False:
            _ = self.content
        text = None if kwargs else self._native_text()
        if text is None:
            return Response.json(self, **kwargs)
        try:
            return parsed(text) if complexjson is json else complexjson.loads(text)
        except JSONDecodeError as error:
            raise RequestsJSONDecodeError(error.msg, error.doc, error.pos) from error

    def close(self) -> None:
        if self._native_session() is None or self._has_raw:
            Response.close(self)
        self._native_stop()

    # -- a body that streams: natively, unless it is coded, or somebody has touched `raw` ----------

    @property
    def content(self) -> bytes:
        """The body; that of a stream is read to its end."""
        if self._content is False and self._reads_natively() is not None:
            body = self._taken(None, True)
            if body is not None:
                self._content, self._content_consumed = body, True
        return Response.content.fget(self)  # type: ignore[attr-defined]  # a property

    def iter_content(self, chunk_size: int | None = 1, decode_unicode: bool = False) -> Any:
        """The body in pieces of this size; None for as they come."""
        filled = self._reads_natively()
        usual = chunk_size is None or (type(chunk_size) is int and chunk_size > 0)
        if filled is None or not usual:
            return super().iter_content(chunk_size, decode_unicode)  # type: ignore[call-overload]  # either
        pieces = self._pieces(chunk_size, filled)
        return stream_decode_response_unicode(pieces, self) if decode_unicode else pieces

    def _reads_natively(self) -> bool | None:
        """Whether pieces are filled up; None where `raw` has to read."""
        if self._has_raw or Response.iter_content is not _ITER_CONTENT:
            return None
        filled = self._native_fills()
        if filled is not None and self._native_status() // 100 == 3:
            _read_redirect(self)
        return self._native_fills()

    def _taken(self, size: int | None, filled: bool) -> bytes | None:
        """Some of the body, b"" at its end; None where `raw` has the words for what went wrong."""
        try:
            return self._native_take(size, filled)
        except (OSError, ConcurrentObjectUseError) as error:
            self.raw.broken_by = error
            return None

    def _pieces(self, size: int | None, filled: bool) -> Generator[bytes, None, None]:
        while not self._has_raw and (piece := self._taken(size, filled)) is not None:
            if not piece:
                self._content_consumed = True
                return
            yield piece
        yield from Response.iter_content(self, size)

    def __reduce__(self) -> Any:
        return _unpickled, (Response.__getstate__(self),)


_ITER_CONTENT = Response.iter_content


def _unpickled(state: dict[str, Any]) -> Response:
    response = Response()
    response.__setstate__(state)
    return response


# -- what makes the attributes -------------------------------------------------------------------


def _url(response: NativeResponse) -> str | None:
    if response._native_failure():
        return None
    return _urls(response)[-1]


def _urls(response: NativeResponse) -> list[str]:
    """Of all requests of the chain, as `requests` spells them."""
    urls = [first_url(response)]
    for _, _, _, _, fields, *_ in response._native_history():
        urls.append(redirected_url(urls[-1], location_of(fields)))
    return urls


def first_url(response: NativeResponse) -> str:
    """The URL of the first request of the chain."""
    _, path, details = response._native_asked()
    base_url = response._native_base_url()
    return path if details is not None or base_url is None else f"{base_url}{path}"


def _headers(response: NativeResponse) -> CaseInsensitiveDict[str]:
    return joined_headers(response._native_fields())


def _elapsed(response: NativeResponse) -> timedelta:
    return timedelta(milliseconds=response._native_times()[2])


def first_request(response: NativeResponse) -> PreparedRequest:
    """The first request of the chain as it was prepared."""
    method, _, details = response._native_asked()
    request = PreparedRequest()
    request.method, request.url = method.upper(), first_url(response)
    if sent := response._native_sent():
        request.headers = headers_of_block(sent[0], ACCEPT_ENCODING, _CHUNKED, USER_AGENT)
        request.body = sent[7][0] if sent[7] else sent[1] or None
        put_odd_fields(request.headers, *sent[4:6])
    else:
        request.headers, request.body = details[0], details[1] or None
    if cookies := response._native_cookies()[0]:
        request.headers["Cookie"] = cookies
    request._cookies = RequestsCookieJar()
    request.hooks = {"response": []}
    return request


def put_odd_fields(
    headers: CaseInsensitiveDict[Any],
    of_session: dict[Any, Any] | None,
    of_call: dict[Any, Any] | None,
) -> None:
    """Puts what was no text of what the session (a dict of pairs, or a plain one) and the call have
    said in place of the text that it became.
    """
    said: CaseInsensitiveDict[Any] = CaseInsensitiveDict()
    for name, value in (of_session or {}).items():
        if isinstance(value, tuple):
            name, value = value
        said[to_native_string(name)] = value
    for name, value in (of_call or {}).items():
        said[to_native_string(name)] = value
    for name, value in said.items():
        if name in headers and not isinstance(value, str | type(None)):
            headers[name] = value


def chain_of(response: NativeResponse) -> list[PreparedRequest]:
    """All requests of the chain, as `requests` would have prepared them."""
    requests = [first_request(response)]
    hops = response._native_history()
    if not hops:
        return requests
    urls = _urls(response)[1:]
    sent = response._native_sent()
    lines = sent[6].decode("latin1").split("\r\n")[:-1] if sent else []
    if len(lines) != len(hops):
        lines = (lines or [""]) * len(hops)
    cookies_of_hops = response._native_cookies()[1:]
    for hop, url, cookies, line in zip(hops, urls, cookies_of_hops, lines, strict=True):
        login = line.partition(": ")[2]
        following = _redirected(response._native_session(), requests[-1], hop[2], url, cookies)
        if login and urlsplit(url).scheme == "http":
            following.headers["Proxy-Authorization"] = login
        requests.append(following)
    return requests


def _redirected(
    session: NativeSession, request: PreparedRequest, status: int, url: str, cookies: str
) -> PreparedRequest:
    following = request.copy()
    following.url = url
    answer = Response()
    answer.status_code = status
    PlainSession.rebuild_method(session, following, answer)
    headers = following.headers
    dropped = ["Cookie", "Proxy-Authorization"]
    if status not in (307, 308):
        dropped += ["Content-Length", "Content-Type", "Transfer-Encoding"]
        following.body = None
    if PlainSession.should_strip_auth(session, str(request.url), url):
        dropped.append("Authorization")
    for name in dropped:
        headers.pop(name, None)
    if cookies:
        headers["Cookie"] = cookies
    return following


def _answer(
    request: PreparedRequest, status: int, reason: str, fields: Fields, body: bytes, seconds: float
) -> Response:
    """An answer on the way, as a response of `requests`."""
    answer = Response()
    answer.status_code, answer.reason, answer.url, answer.request = (
        status,
        reason,
        str(request.url),
        request,
    )
    answer.headers = joined_headers(fields)
    answer._content, answer._content_consumed = body, True
    answer.elapsed = timedelta(seconds=seconds)
    answer.encoding = get_encoding_from_headers(answer.headers)
    answer.cookies = cookies_of(request, fields)
    answer.raw = HTTPResponse(
        io.BytesIO(), HTTPHeaderDict(fields), status, 11, reason=reason, preload_content=False
    )
    return answer


def _history(response: NativeResponse) -> list[Response]:
    answers: list[Response] = []
    if not (hops := response._native_history()):
        return answers
    requests = chain_of(response)
    for number, (_, _, status, reason, fields, body, seconds) in enumerate(hops):
        answer = _answer(requests[number], status, reason, fields, body, seconds)
        if number > 0:
            answer._next = requests[number + 1].copy()
        answer.history, answer.connection = answers[:], response.connection
        answers.append(answer)
    return answers


def _read_redirect(response: NativeResponse) -> None:
    """`requests` reads the body of a redirect that it does not follow, also of one that streams."""
    if response.is_redirect and (body := response._taken(None, True)) is not None:
        response._content, response._content_consumed = body, True


def _raw(response: NativeResponse) -> NativeRaw | None:
    if response._native_failure():
        return None
    if response._native_status() // 100 == 3 and response._native_fills() is not None:
        _read_redirect(response)
    response._has_raw = True
    return NativeRaw(response)


def _next(response: NativeResponse) -> PreparedRequest | None:
    """Where a redirect that was not followed leads."""
    if response._native_failure() or not response.is_redirect:
        return None
    session = response._native_session()
    return next(session.resolve_redirects(response, response.request, yield_requests=True), None)


def _connection(response: NativeResponse) -> BaseAdapter | None:
    session = response._native_session()
    return (
        session.get_adapter(response.url)
        if response.url and hasattr(session, "get_adapter")
        else None
    )


def _content(response: NativeResponse) -> bool | None:
    return None if response._native_failure() else False


def _cookies(response: NativeResponse) -> RequestsCookieJar:
    if not response._native_sets_cookies():
        return RequestsCookieJar()
    return cookies_of(response.request, response._native_fields())


_core.set_response_makers(
    {
        "url": _url,
        "headers": _headers,
        "reason": lambda response: (
            None if response._native_failure() else response._native_reason()
        ),
        "encoding": lambda response: get_encoding_from_headers(response.headers),
        "elapsed": _elapsed,
        # `requests` has no answer then, and so none before it
        "history": lambda response: [] if response._native_failure() else _history(response),
        "cookies": _cookies,
        "request": lambda response: chain_of(response)[-1],
        "raw": _raw,
        "connection": _connection,
        "error": lambda response: response._native_session()._error_of(response),
        "request_meta": lambda response: response._native_session()._meta_of_unrecorded(response),
        "_request_event": lambda response: response._native_session().request_event,
        "_heard_context": lambda response: None,
        "_said_context": lambda response: None,
        "_content": _content,
        "_content_consumed": lambda response: not response._native_streamed(),
        "_next": _next,
    }
)
