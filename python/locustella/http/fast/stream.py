"""`response.stream`: the body of a FastHttpUser's answer as it comes, not decoded.

    response = session.get("/feed", stream=True)
    response.stream.read(100)                  # waits for 100 bytes, or the end
    response.stream.readline(b"\\n")

It has the methods of geventhttpclient's response object that scripts use. Thread: the hub's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gevent.exceptions import ConcurrentObjectUseError

if TYPE_CHECKING:
    from .headers import Headers
    from .response import FastResponse

_BLOCK = 4096


class FastStream:
    """The bytes of one body, each given out once; none are left where the body has been read into
    `content`.
    """

    def __init__(self, response: FastResponse) -> None:
        self._owner = response
        read = response._native_streaming() or not response._unread
        self._rest = b"" if read else response._native_body()

    @property
    def status_code(self) -> int:
        return self._owner.status_code

    def get_code(self) -> int:
        return self._owner.status_code

    @property
    def headers(self) -> Iterator[tuple[str, str]]:
        headers = self._owner.headers
        return iter(()) if headers is None else headers.items()

    def info(self) -> Headers | None:
        return self._owner.headers

    @property
    def message_complete(self) -> bool:
        return self._owner.isclosed()

    def _taken(self, length: int | None) -> bytes | None:
        """So many bytes, or the last; None where the body breaks off before."""
        try:
            return self._owner._native_take(length, True)
        # under geventhttpclient a read that fails ends the response
        except ConcurrentObjectUseError:
            self.release()
            raise

    def _more(self) -> bytes:
        """More of the body; b"" at its end. Raises what broke it."""
        try:
            piece = self._owner._native_read() if self._owner._unread else b""
        # under geventhttpclient a read that fails ends the response
        except ConcurrentObjectUseError:
            self.release()
            raise
        if not piece and self._owner._unread and (error := self._owner._late_error()):
            raise error
        return piece

    def read(self, length: int | None = None) -> bytes:
        """So many bytes, fewer only at the end; all of them without a number."""
        if not self._rest and (length is None or length > 0) and self._owner._native_streaming():
            data = self._taken(length)
            if data is not None:
                return data
        pieces, size = [self._rest], len(self._rest)
        self._rest = b""
        while (length is None or size < length) and (piece := self._more()):
            pieces.append(piece)
            size += len(piece)
        data = b"".join(pieces)
        if length is not None:
            data, self._rest = data[:length], data[length:]
        return data

    def readline(self, sep: bytes = b"\r\n") -> bytes:
        """Up to and with `sep`; b"" where no more comes."""
        while sep not in self._rest:
            piece = self._more()
            if not piece:
                return b""
            self._rest += piece
        end = self._rest.index(sep) + len(sep)
        line, self._rest = self._rest[:end], self._rest[end:]
        return line

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.read(_BLOCK), b"")

    def release(self) -> None:
        self._owner.release()
