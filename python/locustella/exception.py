"""The exceptions that locustfiles raise, catch or see.

Four of them steer a running user and are no errors: InterruptTaskSet, RescheduleTask,
RescheduleTaskImmediately and StopUser. StopTest ends the whole test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .legacy.attributes import legacy_attribute


class LocustError(Exception):
    """Base of the errors that say: the locustfile uses the API wrongly."""


class ResponseError(Exception):
    """Raise it in a `catch_response` block to record the request as failed."""


class CatchResponseError(Exception):
    """What `response.failure("text")` makes of the text."""


class MissingWaitTimeError(LocustError):
    """Neither the user nor the task set says how long to wait between two tasks."""


class InterruptTaskSet(Exception):
    """Leaves the running task set, back to its parent.

    With `reschedule` true the parent picks its next task at once, else it waits first.
    """

    def __init__(self, reschedule: bool = True) -> None:
        self.reschedule = reschedule


class StopTest(Exception):
    """Ends the test when raised while users are being started or by a load shape."""


class MissingHostError(StopTest):
    """An HTTP user was started without a host to send its requests to."""


class StopUser(Exception):
    """Ends the user that raises it; `on_stop` of its task sets and of the user still run."""


class RescheduleTask(Exception):
    """Ends the current task early; the user waits, then picks the next one."""


class RescheduleTaskImmediately(Exception):
    """Ends the current task early; the user picks the next one without waiting."""


class RPCError(Exception):
    """The link between master and worker is broken and has to be set up anew."""


class RPCSendError(Exception):
    """A message to the other node could not be sent."""


class RPCReceiveError(Exception):
    """A message from another node did not arrive whole; `addr` is the sender, where known."""

    def __init__(self, *args: object, addr: str | None = None) -> None:
        super().__init__(*args)
        self.addr = addr


class RunnerAlreadyExistsError(Exception):
    """An Environment has one runner, and it was already created."""


if not TYPE_CHECKING:  # to a checker, any misspelled name would be here

    def __getattr__(name: str) -> type[Exception]:
        return legacy_attribute("exception", name)
