"""A response in a `with` block, and what the block says of it: the same for both clients.

    with client.get("/cart", catch_response=True) as response:
        if not response.text:
            response.failure("an empty cart")

When a block may be entered, when a response may be judged, and what the end of a block means is in
the core (core/client/verdict.hpp). It records a request, and calls the listeners of a success; of
failures those that nobody but the statistics listens to, once Python has seen their words. All else
it hands to `_conclude`. A request that no block is to judge it may record in the call that sends
it: `entry_of` says what it cannot see of that.

Thread: the hub's.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .. import _core
from .._core import Outcome
from ..exception import CatchResponseError, LocustError, ResponseError

if TYPE_CHECKING:
    from ..event import EventHook

_NEEDS_WITH = (
    "Tried to set status on a request that has not yet been made. Make sure you use a with-block, "
    "like this:\n\n"
    "with self.client.request(..., catch_response=True) as response:\n    response.{}"
)


def entry_of(session: Any, our_sender: Any, method: Any, name: Any) -> dict[str, Any]:
    """{"_entry": name} where the entry's method is the one that goes out, and our own code sends.
    """
    sender = getattr(session._send_request_safe_mode, "__func__", None)
    ours = type(method) is str and method.isupper() and sender is our_sender
    return {"_entry": name} if ours else {}


class RenamesRequests:
    """Adds `rename_request` to a session."""

    request_name: str | None

    @contextmanager
    def rename_request(self, name: str) -> Generator[None, None, None]:
        """Records the requests of a `with` block under `name`."""
        self.request_name = name
        try:
            yield
        finally:
            self.request_name = None


# Steps of a response that the core leaves out where it records the request itself.
LEFT_OUT_OF_RESPONSES = (
    "__enter__",
    "__exit__",
    "_conclude",
    "_own_verdict",
    "_report_request",
    "success",
    "raise_for_status",
)


class JudgedResponse:
    """What a class of responses needs beside `_core.ResponseBase` to be judged."""

    _needs_catch_response = ""  # the words for who judges without having asked for it
    _manual_result: bool | Exception | None
    _entered: bool
    _judged: bool
    _catch_response: bool
    _request_event: EventHook
    request_meta: dict[str, Any]

    __enter__ = _core.ResponseBase._native_enter
    __exit__ = _core.ResponseBase._native_exit
    success = _core.ResponseBase._native_success

    def failure(self, exc: Exception | str) -> None:
        """Records the request as a failure; `exc` is an exception or the words for one."""
        if not self._catch_response or not self._entered:
            self._refuse_verdict("failure(...)")
        self._manual_result = exc if isinstance(exc, Exception) else CatchResponseError(exc)

    def raise_for_status(self) -> None:
        """Raises the failure: one set by `failure()`, or else that of the connection or the status.
        """
        if isinstance(self._manual_result, Exception):
            raise self._manual_result
        if not self._manual_result:
            super().raise_for_status()  # type: ignore[misc]  # of the class of responses

    def _own_verdict(self) -> BaseException | None:
        """The failure that the status or the connection makes of it."""
        raise NotImplementedError

    def _conclude(self, outcome: Outcome, raised: BaseException | None) -> None:
        """Records the request; called by the core at the end of a block."""
        if outcome is Outcome.BY_STATUS:
            if verdict := self._own_verdict():
                self.request_meta["exception"] = verdict
        else:
            said = {Outcome.FAILURE: self._manual_result, Outcome.BY_EXCEPTION: raised}
            self.request_meta["exception"] = said.get(outcome)
        self._report_request()

    def _verdict_of_the_core(self) -> BaseException | None:
        """Of a request that the core has recorded as a failure: the exception, made now."""
        said = self._manual_result
        return said if isinstance(said, Exception) else self._own_verdict()

    def _report_request(self, exc: object = None) -> None:
        self._request_event.fire(**self.request_meta)

    def _refuse_block(self) -> None:
        raise LocustError(
            "In order to use a with-block for requests, you must also pass catch_response=True"
        )

    def _refuse_verdict(self, call: str) -> None:
        raise LocustError(
            _NEEDS_WITH.format(call) if self._catch_response else self._needs_catch_response
        )


_core.set_response_error_class(ResponseError)
_core.set_told_class(CatchResponseError)
