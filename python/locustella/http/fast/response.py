"""The answers of FastHttpUser: small, and decoded where they are touched.

Thread: the hub's.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from requests.utils import get_encoding_from_headers, requote_uri

from ... import _core
from ..._core import Error, Stage
from ...exception import LocustError
from ..json_text import parsed
from ..with_block import JudgedResponse
from .errors import FAILURE_EXCEPTIONS, body_error, coding_error, failed_in_body
from .headers import Headers
from .request import FastRequest, described
from .stream import FastStream
from .urls import place_of_url, redirected_as_geventhttpclient

if TYPE_CHECKING:
    from ..._core import FailureRow, HopRow

_NEEDS_CATCH_RESPONSE = (
    "If you want to change the state of the request, you must pass catch_response=True."
)
_REWRITES = (301, 302, 303)
# Fields that are added last, and that geventhttpclient does not show.
_OURS = ("Host", "Content-Length", "Transfer-Encoding")
_OF_FORMS = ("content-type", "content-length")  # as the client says them
_OF_BODIES = ("content-length", "content-type", "content-encoding")


class FastResponse(_core.ResponseBase):
    """An answer. Header and body are decoded when they are touched."""

    _made_headers: Headers | None = None
    _made_request: FastRequest | None = None
    _made_stream: FastStream | None = None
    _set_encoding: str | None = None
    # `text` was read; the encoding is made from the header when it is asked for
    _knows_encoding = False
    status_code: int
    reason: str
    error: Exception | None
    js: Any

    @property
    def headers(self) -> Headers | None:
        if self._made_headers is None and self.status_code:
            self._made_headers = Headers(self._native_fields())
        return self._made_headers

    @headers.setter
    def headers(self, value: Headers | None) -> None:
        self._made_headers = value

    @property
    def encoding(self) -> str | None:
        """The charset of `text`; assign it before the first use of `text` to choose another."""
        if self._set_encoding is None and self._knows_encoding:
            return _charset(self.headers)
        return self._set_encoding

    @encoding.setter
    def encoding(self, value: str | None) -> None:
        self._set_encoding = value

    @property
    def content(self) -> bytes | None:
        """The decoded body; None when there was no answer."""
        if self._unread and self._response is not None:
            self._content = self._decoded(self._response.read())
            self._unread = False
        elif self._content is None and self.status_code:
            failure = self._native_failure()
            undecodable = failure is not None and failure[0] is Stage.DECODE
            # what came before it broke off
            return self._decoded(b"" if undecodable else self._native_body())
        return self._content

    @property
    def _cached_content(self) -> bytes | None:
        return self.content

    @_cached_content.setter
    def _cached_content(self, value: bytes) -> None:
        self._content = value

    data = content

    def _decoded(self, body: bytes) -> bytes:
        if not self._native_coded():
            return body
        codings = self.headers.getlist("content-encoding") if self.headers else []
        coding = codings[0].lower() if codings else "identity"
        if coding == "identity":
            return body
        plain, error = coding_error(coding, body)
        if error is not None:
            raise error
        return plain

    @property
    def text(self) -> str | None:
        content = self.content if self._unread else None
        if self._set_encoding is None and (text := self._native_text()) is not None:
            self._knows_encoding = True
            return text
        content = content or self.content
        if content is None:
            return None
        if self.encoding is None:
            self.encoding = _charset(self.headers) or _detected(content)
        return (
            str(content, str(self.encoding), errors="replace")
            if self.encoding is not None
            else None
        )

    @property
    def url(self) -> str | None:
        """Where the request ended up, after redirects."""
        return urls_of(self)[-1] if self._followed() else first_url(self)

    def _followed(self) -> bool:
        """Whether the answer is one to the last of several requests; a failure has forgotten them.
        """
        return self.status_code != 0

    @property
    def request(self) -> FastRequest:
        if self._made_request is None:
            self._made_request = _last_request(self)
        return self._made_request

    _request = request

    @property
    def ok(self) -> bool:
        return self.status_code < 400

    @property
    def status(self) -> str:
        return str(self.status_code)

    @property
    def elapsed(self) -> timedelta | None:
        """From the request to the head of the answer."""
        return timedelta(milliseconds=self._native_times()[2]) if self.status_code else None

    @property
    def history(self) -> list[FastHop]:
        """The redirects on the way, oldest first."""
        followed = self._followed() and self.error is None
        return [FastHop(self, row) for row in self._native_history()] if followed else []

    def json(self, **kwargs: Any) -> Any:
        text = self.text
        return json.loads(text, **kwargs) if kwargs else parsed(text)  # type: ignore[arg-type]  # of None

    def raise_for_status(self) -> None:
        """Raises the error that the request failed with, if it did; a bad status counts."""
        if self.error is not None:
            raise self.error

    # -- the body as a file ------------------------------------------------------------------------

    @property
    def _response(self) -> Any:  # whose methods None does not have, as under geventhttpclient
        """The body as it comes; None when there was no answer."""
        if self._made_stream is None and self.status_code:
            self._made_stream = FastStream(self)
        return self._made_stream

    stream = _response

    def read(self, n: int | None = None) -> bytes:
        return self._response.read(n)

    def readline(self) -> bytes:
        return self._response.readline()

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._response)

    def __len__(self) -> int:
        """What Content-Length says."""
        length: Any = self.headers.get("content-length") if self.headers else None
        return int(length) if isinstance(length, str) else length

    def __bool__(self) -> bool:
        length = self.headers.get("content-length") if self.headers else None
        return not isinstance(length, str) or int(length) > 0

    def info(self) -> Headers | None:
        return self.headers

    def isclosed(self) -> bool:
        """Whether all of the answer has come."""
        failure = self._native_failure() or self._native_broken() or (None,)
        return not self._native_streaming() and failure[0] is not Stage.RECEIVE

    def release(self) -> None:
        self._native_stop()

    def iter_content(
        self, chunk_size: int = 1024, decode_content: bool = True
    ) -> Iterator[str | bytes]:
        """Pieces of `chunk_size` bytes of the body as it came; text where they are UTF-8."""
        if not self._response:
            raise LocustError("Cannot iterate over the content of a response that has not come")
        while piece := self._response.read(chunk_size):
            try:
                yield piece.decode("utf-8") if decode_content else piece
            except UnicodeDecodeError:
                yield piece

    def _late_error(self) -> Exception | None:
        """What broke a streamed body, or None."""
        failure = self._native_broken()
        return body_error(failure) if failure else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> Any:
        self.release()

    def success(self) -> None:
        raise LocustError(_NEEDS_CATCH_RESPONSE)

    def failure(self, *_args: Any, **_kwargs: Any) -> None:
        raise LocustError(_NEEDS_CATCH_RESPONSE)


class _KindOfResponse(type):
    """Of the kinds that Locust has a class for each, and we one: `isinstance` asks what it is."""

    def __instancecheck__(cls, instance: Any) -> bool:
        kind = _KINDS.get(cls)
        if kind is None or not isinstance(instance, Answer):
            return super().__instancecheck__(instance)
        return kind(instance)


class ErrorResponse(FastResponse, metaclass=_KindOfResponse):
    """What there is in place of an answer."""

    failed_after: float | None = None  # seconds from the call to the failure, where it is known

    def __init__(self, request: Any = None, error: Exception | None = None) -> None:
        super().__init__()
        self.status_code, self.error = 0, error
        if request is not None:
            self._made_request = request

    @classmethod
    def of_call(cls, began: float, error: Exception | None = None) -> ErrorResponse:
        """Of one that Python made and that has failed; `began` by time.perf_counter()."""
        response = cls(error=error)
        response.failed_after = time.perf_counter() - began
        return response

    def _native_times(self) -> tuple[float, float, float, bool]:
        seconds = self.failed_after
        return super()._native_times() if seconds is None else (seconds, seconds * 1000, 0.0, False)


class FastHop:
    """A redirect on the way to a response.

    It shares its request with the last answer, as under geventhttpclient.
    """

    history: list[FastHop] = []

    def __init__(self, response: FastResponse, row: HopRow) -> None:
        _, _, self.status_code, self.reason, fields, self.content, seconds, *_ = row
        self._last = response
        self.headers = Headers(fields)
        self.elapsed = timedelta(seconds=seconds)

    @property
    def request(self) -> FastRequest:
        return self._last.request

    @property
    def url(self) -> str | None:
        return self._last.url

    @property
    def ok(self) -> bool:
        return self.status_code < 400

    @property
    def text(self) -> str:
        return str(self.content, _charset(self.headers) or "utf-8", errors="replace")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.status_code}>"


def _charset(headers: Headers | None) -> str | None:
    """What the header says of the encoding; the first Content-Type counts."""
    types = headers.getlist("content-type") if headers else []
    fields: Any = {"content-type": types[0]} if types else None  # it takes any mapping
    return get_encoding_from_headers(fields) if types else None


def _detected(content: bytes) -> str | None:
    from charset_normalizer import detect  # only where an answer does not say its charset

    return detect(content)["encoding"]


def _location(fields: list[tuple[str, str]]) -> str:
    return next((value for name, value in fields if name.lower() == "location"), "")


def first_url(response: FastResponse) -> str:
    """The URL that was asked for first."""
    _, path, details = response._native_asked()
    base_url = response._native_base_url()
    return details.url if details else path if base_url is None else f"{base_url}{path}"


def urls_of(response: FastResponse) -> list[str]:
    """Of all requests of the chain."""
    urls = [first_url(response)]
    for number, (_, asked, _, _, fields, *_) in enumerate(response._native_history()):
        base = urls[-1] if number else _with_query_of(urls[0], asked)
        urls.append(redirected_as_geventhttpclient(base, _location(fields)))
    return urls


def _with_query_of(url: str, asked: str) -> str:
    """The URL with what `params` have added to it, which it is not shown with."""
    query = urlsplit(asked).query
    if query == urlsplit(requote_uri(url)).query:
        return url
    return urlsplit(url)._replace(query=query).geturl()


def _first_request(response: FastResponse) -> tuple[Headers, Any]:
    """(header fields, payload) of the first request, as geventhttpclient has them before it adds a
    Host.
    """
    details = response._native_asked()[2]
    if details:
        return details.headers.copy(), details.payload
    session = response._native_session()
    sent = response._native_sent()
    if sent is None:
        return session._plain_headers(), None
    lines = (line.partition(": ") for line in sent[0].decode("latin1").split("\r\n") if line)
    given = sent[5] or {}
    ours = [name for name in _OURS if name not in given]
    headers = Headers((name, value) for name, _, value in lines if name not in ours)
    for name, value in given.items():
        if not isinstance(value, str):
            headers[name] = value
    body, _, as_text = sent[1:4]
    if sent[7] and not body:
        return headers, sent[7][0]
    if as_text:
        return headers, body if isinstance(body, str) else body.decode("utf-8")
    return headers, (body.encode() if isinstance(body, str) else body) or None


def _last_request(response: FastResponse) -> FastRequest:
    """The request as the last redirect has left it; that of a failure as it was at first."""
    method = response._native_asked()[0].upper()
    headers, payload = _first_request(response)
    if not response._followed():
        details = response._native_asked()[2]
        if not details:
            usual = response._native_session()._default_headers()
            given = {n: v for n, v in headers.items() if n not in usual}
            sent = response._native_sent()
            if sent and sent[7]:  # without what keywords and files have made of it
                payload = sent[7][0]
                if not hasattr(payload, "read"):
                    given = {n: v for n, v in given.items() if n not in _OF_FORMS}
            return FastRequest(
                first_url(response), method, given, described(given, payload, None)
            )
        given = dict(details.given)
        return FastRequest(first_url(response), method, given, described(given, details.said, None))
    urls = urls_of(response)
    for _, _, status, *_ in response._native_history():
        headers.discard("cookie")
        if status in _REWRITES:
            method, payload = ("HEAD" if method == "HEAD" else "GET"), None
            for name in _OF_BODIES:
                headers.discard(name)
    if any(place_of_url(url)[1:4] != place_of_url(urls[0])[1:4] for url in urls):
        headers.discard("authorization")
    cookie = response._native_cookies()[-1]
    if cookie and "cookie" not in headers:
        headers["Cookie"] = cookie
    return FastRequest(urls[-1], method, headers, payload)


def method_now(response: FastResponse) -> str:
    """The method of the hop that failed."""
    method = response._native_asked()[0].upper()
    rewritten = any(row[2] in (301, 302, 303) for row in response._native_history())
    return "GET" if rewritten and method != "HEAD" else method


def error_in_body(response: FastResponse, failure: FailureRow) -> Exception | None:
    """What a body has failed with; None where geventhttpclient would have decoded it, and has got
    its content then.
    """
    # Not one that is too large: that would be decoded here.
    if failure[2] == Error.BAD_CONTENT_CODING and failure[0] is Stage.DECODE:
        fields = {name.lower(): value for name, value in response._native_fields()}
        content, error = coding_error(
            fields.get("content-encoding", "").lower(), response._native_body()
        )
        if error is None:
            response._content, response.status_code = content, response._native_status()
        return error
    return body_error(failure)


class ResponseContextManager(  # type: ignore[misc]  # the former's
    JudgedResponse, FastResponse, metaclass=_KindOfResponse
):
    """A response that can be judged in a `with` block; without `catch_response=True` the block is
    just a block.
    """

    _needs_catch_response = _NEEDS_CATCH_RESPONSE

    def _own_verdict(self) -> BaseException | None:
        try:
            self.raise_for_status()
        except FAILURE_EXCEPTIONS as error:
            return error
        return None


class RestResponseContextManager(ResponseContextManager):
    """What `rest()` yields: `js` is the parsed body, or None."""

    js: Any


class Answer(ResponseContextManager):
    """What a session makes. It has all that the others have: which of them it is for `isinstance`
    depends on the request.
    """


def _is_caught(answer: Answer) -> bool:
    return answer._catch_response


def _is_error(answer: Answer) -> bool:
    failed = answer._native_failure() is not None and not failed_in_body(answer)
    return failed and not answer._catch_response


_KINDS: dict[type, Callable[[Answer], bool]] = {
    ResponseContextManager: _is_caught,
    ErrorResponse: _is_error,
}
Answer.__name__ = Answer.__qualname__ = FastResponse.__name__  # it is shown as under Locust
