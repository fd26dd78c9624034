"""When a FastHttpUser's request is sent again: `max_retries`.

    while left and wait_to_try_again(session, response): ...     # send it once more

Thread: the session's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import gevent

from ..errors import Failure
from .errors import failed_in_body, may_retry
from .response import method_now

if TYPE_CHECKING:
    from .response import ResponseContextManager
    from .session import FastHttpSession


def wait_to_try_again(session: FastHttpSession, response: ResponseContextManager) -> bool:
    """Waits for `retry_delay` and says True where the failed request may be sent again."""
    failure = response._native_failure()
    if not failure or failed_in_body(response):
        return False
    # What is sent again is the first request, which a redirect may have answered.
    methods = response._native_asked()[0], method_now(response)
    again = all(may_retry(Failure(*failure), method) for method in methods)
    if again and session.client.retry_delay:
        gevent.sleep(session.client.retry_delay)
    return again
