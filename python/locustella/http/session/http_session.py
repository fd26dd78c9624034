"""The HTTP client of an HttpUser: `requests`' API on native connections, every request recorded.

    self.client.get("/products", name="/products")
    with self.client.post("/cart", json={"item": 7}, catch_response=True) as response:
        if response.json()["state"] != "ok":
            response.failure("the cart is not ok")

A request that cannot be sent raises nothing: it is recorded as a failure, and its response has
status 0 and the exception in `.error`.

Thread: the hub's.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from requests import Response
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import (
    InvalidSchema,
    InvalidURL,
    MissingSchema,
    RequestException,
)
from urllib3 import exceptions as urllib3_exceptions

from ..._core import Outcome, Stage
from ...exception import LocustError
from .. import ways
from ..patches import found
from ..phases import in_context
from ..pools import pool_of_manager
from ..urls import parts_of, split_credentials
from ..with_block import JudgedResponse, RenamesRequests, entry_of
from .own_attributes import give_own
from .response import NativeResponse, first_url
from .session import NativeSession

if TYPE_CHECKING:
    from requests import PreparedRequest, Request
    from urllib3 import PoolManager

    from ...event import EventHook
    from ...user.users import User

absolute_http_url_regexp = re.compile(r"^https?://", re.IGNORECASE)

_WRAPPERS = (
    RequestsConnectionError,
    urllib3_exceptions.ProtocolError,
    urllib3_exceptions.MaxRetryError,
    urllib3_exceptions.NewConnectionError,
)

_IN_BODY = (Stage.RECEIVE, Stage.DECODE)

# URLs that make no sense: raised to the task.
_SENSELESS = (MissingSchema, InvalidSchema, InvalidURL)

_NEEDS_CATCH_RESPONSE = (
    "If you want to change the state of the request using .success() or .failure(), you must pass "
    "catch_response=True."
)


def root_cause(error: BaseException) -> BaseException:
    """What a connection error is about: failures are grouped by it, not by its wrappings."""
    while isinstance(error, _WRAPPERS) and error.__context__:
        error = error.__context__
    return error


class ResponseContextManager(JudgedResponse, NativeResponse):
    """A response that can be judged in a `with` block: see `success` and `failure`."""

    _needs_catch_response = _NEEDS_CATCH_RESPONSE

    def __init__(self, error: RequestException | None = None) -> None:
        super().__init__()
        if error is not None:
            self.error = error
            self.status_code = 0
            self.request = error.request  # type: ignore[assignment]  # prepared, or None
            self._catch_response = True

    @classmethod
    def wrap_response(
        cls, response: Response, request_event: EventHook, request_meta: dict[str, Any],
        catch_response: bool,
    ) -> ResponseContextManager:  # fmt: skip
        """The answer as one that can be judged; at its end `request_event` gets the meta."""
        wrapped = cls.adopting(response)
        wrapped._request_event, wrapped.request_meta = request_event, request_meta
        wrapped._catch_response = bool(catch_response)
        return wrapped

    def _own_verdict(self) -> BaseException | None:
        """The failure that the status or the connection makes of it, worded with the entry's name.
        """
        status = self.status_code
        if not self.error and not 400 <= status < 600 and self._raises_as_usual():
            return None
        url, self.url = self.url, self.request_meta["name"]
        try:
            self.raise_for_status()
        except RequestException as error:
            return root_cause(error)
        finally:
            self.url = url
        return None

    def _raises_as_usual(self) -> bool:
        return (
            getattr(self.raise_for_status, "__func__", None) is _RAISE_FOR_STATUS
            and Response.raise_for_status is _REQUESTS_RAISE_FOR_STATUS
        )


_RAISE_FOR_STATUS = ResponseContextManager.raise_for_status
_REQUESTS_RAISE_FOR_STATUS = Response.raise_for_status


class RestResponseContextManager(ResponseContextManager):
    """What `rest()` yields: `js` is the parsed body, or None."""

    js: Any


class LocustHttpAdapter(HTTPAdapter):
    """An adapter over a shared urllib3 pool, for the slow path and for code that names it."""

    def __init__(self, pool_manager: Any, *args: Any, **kwargs: Any) -> None:
        self.poolmanager = pool_manager
        super().__init__(*args, **kwargs)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        if self.poolmanager is None:
            super().init_poolmanager(*args, **kwargs)


class _NobodysEvent:
    """That of a session out of a pickle, which nobody listens to."""

    def fire(self, **_about_a_request: Any) -> None:
        pass


_NOBODYS_EVENT: Any = _NobodysEvent()


class HttpSession(RenamesRequests, NativeSession):  # type: ignore[misc]  # verbs take more
    """A `requests.Session` that records its requests. URLs that begin with "/" go to `base_url`.

    Beyond `requests`' arguments each request takes `name` (the entry to record it under),
    `catch_response` (judge it in a `with` block) and `context` (a dict for listeners).
    """

    _response_class: type[ResponseContextManager] = ResponseContextManager
    _named_as = "HttpSession"  # in the words of a TypeError
    explicit_name: str | None = None  # what the call has said, while Session is patched
    _said_by_verbs = {
        verb: {"data": None, "json": None, **NativeSession._said_by_verbs.get(verb, {})}
        for verb in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
    }

    def __init__(
        self,
        base_url: str | None,
        request_event: EventHook,
        user: User | None,
        *args: Any,
        pool_manager: PoolManager | None = None,
        **kwargs: Any,
    ) -> None:
        give_own(self)
        self.request_event = request_event
        self.user = user
        if base_url and "@" in base_url:
            base_url, credentials = split_credentials(base_url)
            if credentials:
                self.auth = credentials
        self.base_url = base_url
        if pool_manager is not None:
            self.pool_manager = pool_manager
            self._pool = pool_of_manager(pool_manager)
            if self._pool is None:
                self.mount("https://", LocustHttpAdapter(pool_manager))
                self.mount("http://", LocustHttpAdapter(pool_manager))

    def __copy__(self) -> HttpSession:
        twin = type(self).__new__(type(self))
        twin.__setstate__(self.__getstate__())
        twin.request_event, twin.user, twin.request_name = (
            self.request_event,
            self.user,
            self.request_name,
        )
        return twin

    def request(  # type: ignore[override]  # with arguments of its own
        self, method: str, url: str, name: str | None = None, catch_response: bool = False,
        context: dict[str, Any] | None = None, *, data: Any = None, json: Any = None, **kwargs: Any,
    ) -> ResponseContextManager:  # fmt: skip
        """Sends and records one request; returns its response, also when it failed."""
        response = self._request_plainly(
            method, url, name=name or None, catch_response=catch_response, context=context,
            data=data, json=json, **kwargs,
        )  # fmt: skip
        if response is not NotImplemented:
            return response
        name, built_url = name or self.request_name, self._build_url(url)
        if found().session:  # by an instrumentation, perhaps, that names its spans
            self.explicit_name = name
        if not (catch_response or context is not None or kwargs.get("stream") or self.stream):
            kwargs |= entry_of(self, _SENDER, method, name or "")
        began = time.time(), time.perf_counter()
        response = self._send_request_safe_mode(method, built_url, data=data, json=json, **kwargs)
        if not isinstance(response, NativeResponse):  # of a function that somebody has put there
            response = self._response_class.adopting(response)
            response.slow_times = (began[0], (time.perf_counter() - began[1]) * 1000)
        if ways.are_counted() and getattr(response, "slow_times", None) is None:
            said = {**kwargs, "data": data, "json": json, "context": context}
            said.pop("_entry", None)
            ways.worked_out(self, method, url, said)
        if getattr(response, "_native_recorded", False):
            return response
        return self._recorded(
            response, method, url, name, catch_response, context, kwargs.get("stream")
        )

    def prepare_request(self, request: Request) -> PreparedRequest:
        """`requests.Session.prepare_request`; instrumentations find the call's name at the request.
        """
        prepared = super().prepare_request(request)
        if self.explicit_name:
            prepared._explicit_name = self.explicit_name  # type: ignore[attr-defined]  # as in Locust
        return prepared

    def _build_url(self, path: str) -> str:
        """The whole URL; TypeError for what is no text, as in Locust."""
        return path if absolute_http_url_regexp.match(path) else f"{self.base_url}{path}"

    def _send_request_safe_mode(
        self, method: str, url: str, **kwargs: Any
    ) -> ResponseContextManager:
        """A response for every outcome but a URL that makes no sense."""
        response: Any  # one of the session's class
        began = time.time(), time.perf_counter()
        try:
            response = self._exchange(method, url, **kwargs)
        except _SENSELESS:
            raise
        except RequestException as error:
            response = self._response_class.failed(error)
            response.failed_times = began[0], (time.perf_counter() - began[1]) * 1000
            return response
        if not response._native_recorded and isinstance(response.error, _SENSELESS):
            raise response.error
        return response

    def _finish(
        self, response: Any, method: str, path: str, name: str | None, catch_response: bool,
        stream: bool,
    ) -> ResponseContextManager:  # fmt: skip
        if response.status_code == 0 and isinstance(
            response.error, _SENSELESS
        ):
            raise response.error
        context = response._said_context
        return self._recorded(response, method, path, name, catch_response, context, stream)

    def _recorded(
        self, response: ResponseContextManager, method: str, url: str, name: str | None,
        catch_response: bool, context: dict[str, Any] | None, stream: bool | None,
    ) -> ResponseContextManager:  # fmt: skip
        """Builds what listeners get; records it now, or at the end of the caller's `with` block."""
        response.request_meta = self._meta(response, method, url, name, context, stream)
        response._request_event = self.request_event or _NOBODYS_EVENT
        response._catch_response = bool(catch_response)
        if not catch_response:
            response._conclude(Outcome.BY_STATUS, None)
        return response

    def _meta_of_unrecorded(self, response: ResponseContextManager) -> dict[str, Any]:
        method, path, _ = response._native_asked()
        name, stream = response._entry_name, response._native_streamed()
        meta = self._meta(response, method, path, name, response._said_context, stream)
        response.request_meta = meta
        if response._judged:
            meta["exception"] = response._verdict_of_the_core()
        return meta

    def _meta(
        self,
        response: ResponseContextManager,
        method: str,
        url: str,
        name: str | None,
        context: dict[str, Any] | None,
        stream: bool | None,
    ) -> dict[str, Any]:
        """What listeners get."""
        start_time, response_time, complete_url, length = self._measured(response, stream)
        if complete_url is None:
            complete_url, default_name = self._build_url(url), str(url)
        else:
            default_name = name or parts_of(complete_url)[3]
        heard = getattr(response, "_heard_context", None)  # by listeners that the core has called
        if heard is not None:
            context = heard
        elif self.user:
            context = {**self.user.context(), **(context or {})}
        return {
            "request_type": method,
            "response_time": response_time,
            "name": name or default_name,
            "context": in_context(context if context is not None else {}, response),
            "response": response,
            "exception": None,
            "start_time": start_time,
            "url": complete_url,
            "response_length": length,
        }

    def _measured(
        self, response: ResponseContextManager, stream: bool | None
    ) -> tuple[float, float, str | None, int]:
        """(start in Unix seconds, response time in ms, URL before redirects or None, body size)."""
        if response.slow_times is not None:
            start_time, response_time = response.slow_times
            request = (response.history[0] if response.history else response).request
            complete_url = str(request.url) if request is not None else None
            native = False
        elif response._native_session() is None:  # it could not be prepared
            request = response.request
            start_time, response_time = response.failed_times or (time.time(), 0.0)
            complete_url = str(request.url) if request is not None else None
            return start_time, response_time, complete_url, 0
        else:
            since, response_time, _, _ = response._native_times()
            start_time = time.time() - since
            failed = response._native_failure()
            if failed and failed[0] in _IN_BODY and response._native_status():
                complete_url = None  # `requests`' errors of a body name no request
            elif failed:  # what failed was asked for last
                complete_url = str(response.request.url)
            else:
                complete_url = first_url(response)
            native = True
        if stream:
            length = int(response.headers.get("content-length") or 0)
        elif native and response._native_failure():
            length = 0
        elif native and not response._native_streamed():  # as it does where the session says so
            length = response._native_body_size()
        else:
            length = len(response.content or b"")
        return start_time, response_time, complete_url, length


_SENDER = HttpSession._send_request_safe_mode


def _missing_catch_response(self: Any, *_args: Any, **_kwargs: Any) -> None:
    raise LocustError(_NEEDS_CATCH_RESPONSE)


# Plain requests responses reach user code too, in `history` and from the slow path.
_Plain: Any = Response
_Plain.success = _Plain.failure = _missing_catch_response
