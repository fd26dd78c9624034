"""The answers of FastHttpUser: small, and decoded where they are touched.

Thread: the hub's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers

from .. import _core
from ..exception import CatchResponseError, LocustError, ResponseError
from ..header_fields import headers_of_block
from .fast_errors import FAILURE_EXCEPTIONS

_NEEDS_CATCH_RESPONSE = "If you want to change the state of the request, you must pass catch_response=True."
_NEEDS_WITH = (
    "Tried to set status on a request that has not yet been made. Make sure you use a with-block, like this:\n\n"
    "with self.client.request(..., catch_response=True) as response:\n    response.{}"
)


class Headers(CaseInsensitiveDict):
    """Header fields of an answer. A field that came several times has a list as its value."""

    def add(self, name: str, value: str) -> None:
        if name not in self:
            self[name] = value
        else:
            self[name] = [*self.getlist(name), value]

    def getlist(self, name: str) -> list[str]:
        value = self.get(name, [])
        return value if isinstance(value, list) else [value]

    get_all = getlist


class FastRequest:
    """What was asked for."""

    def __init__(self, method: str, url: str, headers: Any, payload: Any) -> None:
        self.method, self.url, self.headers, self.payload = method, url, headers, payload

    @property
    def body(self) -> Any:
        return self.payload


class FastResponse(_core.ResponseBase):
    """An answer. Header and body are decoded when they are touched."""

    _made_headers: Headers | None = None
    _made_text: str | None = None
    _set_encoding: str | None = None
    _knows_encoding = False  # `text` was read; it is made from the header then
    error: Any
    js: Any

    @property
    def headers(self) -> Headers | None:  # type: ignore[override]
        if self._made_headers is None and self.status_code:
            self._made_headers = Headers()
            for name, value in self._native_fields():
                self._made_headers.add(name, value)
        return self._made_headers

    @property
    def encoding(self) -> str | None:  # type: ignore[override]
        """The charset of `text`; assign it before the first use of `text` to choose another."""
        if self._set_encoding is None and self._knows_encoding:
            return get_encoding_from_headers(self.headers or {})
        return self._set_encoding

    @encoding.setter
    def encoding(self, value: str | None) -> None:
        self._set_encoding = value

    @property
    def content(self) -> bytes | None:
        """The decoded body; None when there was no answer."""
        if self._native_streaming():
            pieces = list(iter(self._native_read, b""))
            self._content = b"".join(pieces)
        return self._content

    @property
    def text(self) -> str | None:
        if self._set_encoding is None and (text := self._native_text()) is not None:
            self._knows_encoding = True
            return text
        content = self.content
        if content is None:
            return None
        if self._set_encoding is None:
            self._set_encoding = get_encoding_from_headers(self.headers or {}) or _detected(content)
        return str(content, self._set_encoding, errors="replace") if self._set_encoding else None

    @property
    def url(self) -> str | None:  # type: ignore[override]
        """Where the request ended up, after redirects."""
        return self._native_url() if self._native_history() else first_url(self)

    @property
    def request(self) -> FastRequest:  # type: ignore[override]
        method, _, details = self._native_asked()
        if sent := self._native_sent():
            headers = headers_of_block(sent[0])
            body = sent[1].encode() if isinstance(sent[1], str) else sent[1]
        else:
            headers, body = (details[0], details[1]) if details else (self._native_session()._plain_headers(), None)
        return FastRequest(method, first_url(self), headers, body or None)

    @property
    def ok(self) -> bool:
        return self.status_code < 400

    def json(self, **kwargs: Any) -> Any:
        return json.loads(self.text or "", **kwargs)

    def raise_for_status(self) -> None:
        """Raises the error that the request failed with, if it did; a bad status counts."""
        if self.error is not None:
            raise self.error

    def iter_content(self, chunk_size: int = 1024, decode_content: bool = True) -> Iterator[Any]:
        """Pieces of the body, of a streamed one as they come; text where they are UTF-8."""
        for piece in self._pieces(chunk_size):
            try:
                yield piece.decode("utf-8") if decode_content else piece
            except UnicodeDecodeError:
                yield piece

    def _pieces(self, size: int) -> Iterator[bytes]:
        if not self._native_streaming():
            content = self.content or b""
            yield from (content[at : at + size] for at in range(0, len(content), size))
            return
        while piece := self._native_read():
            yield from (piece[at : at + size] for at in range(0, len(piece), size))

    def success(self) -> None:
        raise LocustError(_NEEDS_CATCH_RESPONSE)

    def failure(self, *_args: Any, **_kwargs: Any) -> None:
        raise LocustError(_NEEDS_CATCH_RESPONSE)


ErrorResponse = FastResponse


def _detected(content: bytes) -> str | None:
    from charset_normalizer import detect  # only where an answer does not say its charset

    return detect(content)["encoding"]


def first_url(response: Any) -> str:
    """The URL that was asked for first."""
    _, path, details = response._native_asked()
    return details[2] if details else f"{response._native_session().base_url}{path}"


class ResponseContextManager(FastResponse):
    """A response that can be judged in a `with` block."""

    _manual_result: bool | Exception | None
    _entered: bool
    _catch_response: bool
    request_meta: dict[str, Any]

    # Without listeners of the user's, the core does these alone; else it calls the methods below.
    __enter__ = _core.ResponseBase._native_enter
    __exit__ = _core.ResponseBase._native_exit
    success = _core.ResponseBase._native_success

    def _enter_unasked(self) -> ResponseContextManager:
        return self

    def _exit(self, kind: Any, value: Any, traceback: Any) -> bool:
        """Records the request. True: an exception of the block ends here.

        Without `catch_response=True` it has been recorded already, and the block is just a block.
        """
        if not self._catch_response:
            return False
        if self._manual_result is not None:
            self.request_meta["exception"] = None if self._manual_result is True else self._manual_result
            self._report_request()
            return kind is None
        if kind:
            if not isinstance(value, ResponseError):
                return False
            self.request_meta["exception"] = value
        else:
            try:
                self.raise_for_status()
            except FAILURE_EXCEPTIONS as error:
                self.request_meta["exception"] = error
        self._report_request()
        return True

    def _report_request(self) -> None:
        self._request_event.fire(**self.request_meta)

    def failure(self, exc: Any) -> None:  # type: ignore[override]
        """Records the request as a failure; `exc` is an exception or the words for one."""
        if not self._catch_response or not self._entered:
            self._refuse_verdict("failure(...)")
        self._manual_result = exc if isinstance(exc, Exception) else CatchResponseError(exc)

    def _refuse_verdict(self, call: str) -> None:
        raise LocustError(_NEEDS_WITH.format(call) if self._catch_response else _NEEDS_CATCH_RESPONSE)

    def raise_for_status(self) -> None:
        if isinstance(self._manual_result, Exception):
            raise self._manual_result
        if not self._manual_result:
            super().raise_for_status()


class RestResponseContextManager(ResponseContextManager):
    """What `rest()` yields: `js` is the parsed body, or None."""

    js: Any
