"""OpenAI's API by the openai package. (The module is not called openai, as that one is.)

    class Asker(OpenAIUser):
        @task
        def ask(self):
            with self.client.rename_request("short question"):
                self.client.responses.create(model="gpt-4o-mini", input="What is a locust?")

Each HTTP request is recorded, the package's own retries too; one that gets no answer at all is
not: the package's exception goes to the task. The response's length is the number of output tokens
that the answer names in its `usage`, which says more than its bytes; 0 where it names none.

Needs `pip install 'locustella[oai]'` and the variable OPENAI_API_KEY.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..user.users import User
from .drivers import driver_of

with driver_of("oai"):
    from openai import DefaultHttpxClient, OpenAI

if TYPE_CHECKING:
    from ..event import EventHook

if "OPENAI_API_KEY" not in os.environ:
    raise Exception("OpenAIUser needs an API key in the environment variable OPENAI_API_KEY")

_BEGAN = "locust.began"  # among a request's extensions: when it went out, by both clocks


class OpenAIClient(OpenAI):
    """An `openai.OpenAI` that fires `request_event`; more arguments are that class's."""

    def __init__(self, request_event: EventHook, user: User, *args: Any, **kwargs: Any) -> None:
        self.request_name: str | None = None
        self.user = user
        self._request_event = request_event
        hooks = {"request": [_note_beginning], "response": [self._record]}
        # of the HTTP library that the installed version of openai is written for
        http_client = DefaultHttpxClient(event_hooks=hooks, follow_redirects=False)
        super().__init__(*args, **kwargs, http_client=http_client)

    @contextmanager
    def rename_request(self, name: str) -> Generator[None, None, None]:
        """Records the requests of a `with` block under `name`, not under their paths."""
        self.request_name = name
        try:
            yield
        finally:
            self.request_name = None

    def _record(self, response: Any) -> None:
        start_time, began = response.request.extensions[_BEGAN]
        response.read()
        response_time = (time.perf_counter() - began) * 1000
        exception = None
        try:
            response.raise_for_status()
        except Exception as error:  # the HTTP library's
            exception = error
        self._request_event.fire(
            request_type=response.request.method,
            name=self.request_name or response.url.path,
            context={},
            response=response,
            exception=exception,
            start_time=start_time,
            response_time=response_time,
            response_length=_output_tokens(response),
            url=response.url,
        )


def _note_beginning(request: Any) -> None:
    request.extensions[_BEGAN] = time.time(), time.perf_counter()


def _output_tokens(response: Any) -> int:
    try:
        return int(response.json()["usage"]["output_tokens"])
    except (ValueError, TypeError, KeyError):  # no JSON, or it names none
        return 0


class OpenAIUser(User):
    """A user with an OpenAIClient as its `client`."""

    abstract = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.client = OpenAIClient(self.environment.events.request, user=self)
