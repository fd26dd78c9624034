"""What a request of FastHttpUser and its answer look like, written to a stream of the caller's.

    session.get("/json", debug_stream=sys.stderr)

    REQUEST: http://127.0.0.1:8080/json
    GET /json HTTP/1.1
    Host: 127.0.0.1:8080
    ...

It is put together after the answer, so it costs the request nothing. Redirects that were followed
are left out: the first request stands there, and the last answer. Thread: the session's.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from ..urls import Place
from .request import Asked, Pieces, laid_out
from .urls import host_header

if TYPE_CHECKING:
    from .response import ResponseContextManager


def write_conversation(
    stream: IO[str], method: str, place: Place, asked: Asked, response: ResponseContextManager
) -> None:
    """Writes nothing where there was no answer."""
    if response._native_failure():
        return
    body, before, behind = laid_out(method, asked.headers.copy(), asked.payload, host_header(place))
    sent = f"{method} {place.target} HTTP/1.1\r\n".encode() + before + behind + b"\r\n"
    text = sent.decode("latin-1").replace("\r\n", "\n")
    if body:
        text += ("(a body in pieces)" if isinstance(body, Pieces) else _readable(body)) + "\n\n"
    fields = "\n".join(f"{name}: {value}" for name, value in (response.headers or {}).items())
    answer = _readable(response.content or b"")
    stream.write(
        f"REQUEST: {place.url}\n{text}"
        f"RESPONSE: HTTP/1.1 {response.status_code}\n{fields}\n\n{answer}\n\n"
    )


def _readable(body: Any) -> str:
    return bytes(body).decode("utf-8", errors="replace")
