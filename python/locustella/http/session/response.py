"""Answers of the native core as `requests.Response` objects, decoded only where they are touched.

`NativeResponse` is a `requests.Response` in every way that a script can see. The core keeps the
bytes as they came; each attribute is made here when it is first read, and can be assigned.

Thread: the hub's.
"""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import requests
from requests.compat import JSONDecodeError
from requests.compat import json as complexjson
from requests.cookies import MockRequest, MockResponse, RequestsCookieJar
from requests.exceptions import JSONDecodeError as RequestsJSONDecodeError
from requests.models import PreparedRequest, Response
from requests.sessions import Session as PlainSession
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers, to_native_string
from urllib3 import HTTPHeaderDict, HTTPResponse

from ... import _core
from ..header_fields import Fields, headers_of_block, joined_headers
from ..request_encoding import ACCEPT_ENCODING, USER_AGENT
from ..urls import location_of, redirected_url
from .raw import NativeRaw, message_of


def cookies_of(request: Any, fields: Fields) -> RequestsCookieJar:
    """The cookies that one answer has set."""
    jar = RequestsCookieJar()
    message = message_of((name, value) for name, value in fields if name.lower() == "set-cookie")
    if len(message):
        jar.extract_cookies(MockResponse(message), MockRequest(request))
    return jar


class NativeResponse(_core.ResponseBase, Response):
    """A `requests.Response` on the native core."""

    slow_times: tuple[float, float] | None = None
    _has_raw = False
    error: Any

    def __init__(self) -> None:
        self._adopt({})
        Response.__init__(self)
        self.error = None

    @classmethod
    def adopting(cls, response: Response) -> Any:
        """The same answer as one of ours."""
        if isinstance(response, cls):
            return response
        self = cls.__new__(cls)
        self._adopt(dict(response.__dict__))
        self.error = None
        self.history = [cls.adopting(r) if type(r) is Response else r for r in response.history]
        return self

    @classmethod
    def failed(cls, error: requests.RequestException) -> Any:
        """What stands in for the answer to a request that failed: status 0, no body."""
        self = cls.__new__(cls)
        NativeResponse.__init__(self)
        self.error = error
        self.status_code = 0
        self.request = error.request
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
        return Response.text.fget(self) if text is None else text  # type: ignore[attr-defined]

    def json(self, **kwargs: Any) -> Any:
        """The body parsed as JSON.

        Raises requests' JSONDecodeError; `kwargs` go to `json.loads`.
        """
        text = None if kwargs else self._native_text()
        if text is None:
            return Response.json(self, **kwargs)
        try:
            return complexjson.loads(text)
        except JSONDecodeError as error:
            raise RequestsJSONDecodeError(error.msg, error.doc, error.pos) from error

    def close(self) -> None:
        if self._native_session() is None or self._has_raw or self._native_streaming():
            Response.close(self)
        self._native_stop()

    def __reduce__(self) -> Any:
        return _unpickled, (Response.__getstate__(self),)


def _unpickled(state: dict) -> Response:
    response = Response()
    response.__setstate__(state)
    return response


# -- what makes the attributes -------------------------------------------------------------------


def _url(response: Any) -> str | None:
    if response._native_failure():
        return None
    return _urls(response)[-1]


def _urls(response: Any) -> list[str]:
    """Of all requests of the chain, as `requests` spells them."""
    urls = [first_url(response)]
    for _, _, _, _, fields, *_ in response._native_history():
        urls.append(redirected_url(urls[-1], location_of(fields)))
    return urls


def first_url(response: Any) -> str:
    """The URL of the first request of the chain."""
    _, path, details = response._native_asked()
    base_url = response._native_base_url()
    return path if details is not None or base_url is None else f"{base_url}{path}"


def _headers(response: Any) -> CaseInsensitiveDict:
    return joined_headers(response._native_fields())


def _elapsed(response: Any) -> timedelta:
    return timedelta(milliseconds=response._native_times()[2])


def first_request(response: Any) -> PreparedRequest:
    """The first request of the chain as it was prepared."""
    method, _, details = response._native_asked()
    request = PreparedRequest()
    request.method, request.url = method, first_url(response)
    if sent := response._native_sent():
        request.headers, request.body = (
            headers_of_block(sent[0], ACCEPT_ENCODING, USER_AGENT),
            sent[1] or None,
        )
        put_odd_fields(request.headers, *sent[4:])
    else:
        request.headers, request.body = details[0], details[1] or None
    if cookies := response._native_cookies()[0]:
        request.headers["Cookie"] = cookies
    request._cookies = RequestsCookieJar()
    request.hooks = {"response": []}
    return request


def put_odd_fields(headers: Any, of_session: Any, of_call: Any) -> None:
    """Puts what was no text of what the session (a dict of pairs, or a plain one) and the call have
    said in place of the text that it became.
    """
    said: CaseInsensitiveDict = CaseInsensitiveDict()
    for name, value in (of_session or {}).items():
        if isinstance(value, tuple):
            name, value = value
        said[to_native_string(name)] = value
    for name, value in (of_call or {}).items():
        said[to_native_string(name)] = value
    for name, value in said.items():
        if name in headers and not isinstance(value, str | type(None)):
            headers[name] = value


def chain_of(response: Any) -> list[PreparedRequest]:
    """All requests of the chain, as `requests` would have prepared them."""
    requests = [first_request(response)]
    hops = response._native_history()
    if not hops:
        return requests
    urls = _urls(response)[1:]
    for hop, url, cookies in zip(hops, urls, response._native_cookies()[1:], strict=True):
        requests.append(_redirected(response._native_session(), requests[-1], hop[2], url, cookies))
    return requests


def _redirected(
    session: Any, request: PreparedRequest, status: int, url: str, cookies: str
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
    if PlainSession.should_strip_auth(session, request.url, url):
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
        request.url,
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


def _history(response: Any) -> list[Any]:
    answers: list[Any] = []
    requests = chain_of(response)
    for number, (_, _, status, reason, fields, body, seconds) in enumerate(
        response._native_history()
    ):
        answer = _answer(requests[number], status, reason, fields, body, seconds)
        if number > 0:
            answer._next = requests[number + 1].copy()
        answer.history, answer.connection = answers[:], response.connection
        answers.append(answer)
    return answers


def _raw(response: Any) -> Any:
    if response._native_failure():
        return None
    response._has_raw = True
    return NativeRaw(response)


def _next(response: Any) -> PreparedRequest | None:
    """Where a redirect that was not followed leads."""
    if response._native_failure() or not response.is_redirect:
        return None
    session = response._native_session()
    return next(session.resolve_redirects(response, response.request, yield_requests=True), None)


def _connection(response: Any) -> Any:
    session = response._native_session()
    return (
        session.get_adapter(response.url)
        if response.url and hasattr(session, "get_adapter")
        else None
    )


def _content(response: Any) -> Any:
    return None if response._native_failure() and not response._native_streamed() else False


def _cookies(response: Any) -> RequestsCookieJar:
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
        "history": _history,
        "cookies": _cookies,
        "request": lambda response: chain_of(response)[-1],
        "raw": _raw,
        "connection": _connection,
        "error": lambda response: response._native_session()._error_of(response),
        "request_meta": lambda response: response._native_session()._meta_of_unrecorded(response),
        "_request_event": lambda response: response._native_session().request_event,
        "_content": _content,
        "_content_consumed": lambda response: not response._native_streamed(),
        "_next": _next,
    }
)
