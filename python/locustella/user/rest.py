"""REST calls with JSON on both sides, for users that have an HTTP client.

    with self.rest("POST", "/orders", json={"item": 7}) as response:
        assert response.js["state"] == "new", "wrong state,"

Whatever goes wrong in the block, that request is recorded as failed and the task goes on.
"""

from __future__ import annotations

import os
import re
import time
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..process.user_traceback import is_own_file

if TYPE_CHECKING:
    from ..clients import RestResponseContextManager
    from ..contrib import fasthttp

    RestResponse = RestResponseContextManager | fasthttp.RestResponseContextManager

RestResponseT = TypeVar("RestResponseT")

_HOME = re.compile(r"^/(?:home|Users)/\w+/")


class RestMixin(Generic[RestResponseT]):
    """Adds `rest` and `rest_` to a user class with a `client`."""

    client: Any  # either class's own

    @contextmanager
    def rest(
        self, method: str, url: str, headers: dict[str, str] | None = None, **kwargs: Any
    ) -> Generator[RestResponseT, None, None]:
        """One request for use in a `with`; the response has the parsed JSON as `js`, or None.

        It is failed by: no JSON in the body, no response, an exception in the block. The message of
        an AssertionError becomes the failure's, and one that ends in a comma is followed by the
        beginning of the response.
        """
        headers = dict(headers or {})
        for name in ("Content-Type", "Accept"):
            if name not in headers and name.lower() not in headers:
                headers[name] = "application/json"
        with self.client.request(
            method, url, catch_response=True, headers=headers, **kwargs
        ) as response:
            _parse_json(response)
            try:
                yield response
            except AssertionError as error:
                response.failure(_assertion_message(error, response))
            except Exception as error:
                response.failure(_exception_message(error, response))

    @contextmanager
    def rest_(
        self, method: str, url: str, name: str | None = None, **kwargs: Any
    ) -> Generator[RestResponseT, None, None]:
        """`rest` with `_=<milliseconds>` in the query, past caches; named without the number."""
        separator = "&" if "?" in url else "?"
        unique = f"{url}{separator}_={int(time.time() * 1000)}"
        with self.rest(method, unique, name=name or f"{url}{separator}_=...", **kwargs) as response:
            yield response


def _parse_json(response: RestResponse) -> None:
    response.js = None
    if response.content is None:
        response.failure(str(response.error))
    elif response.text:
        try:
            response.js = response.json()
        except JSONDecodeError as error:
            response.failure(
                f"Could not parse response as JSON. {response.text[:250]}, "
                f"response code {response.status_code}, error {error}"
            )


def _beginning(response: RestResponse) -> str | None:
    return response.text[:200] if response.text else response.text


def _assertion_message(error: AssertionError, response: RestResponse) -> str:
    if not error.args:
        return "Assertion failed"
    message = error.args[0]
    if isinstance(message, str) and message.endswith(","):
        return f"{message[:-1]}, response was {_beginning(response)}"
    return message


def _exception_message(error: Exception, response: RestResponse) -> str:
    places = ", ".join(
        f"{_HOME.sub('~' + os.sep, frame.filename)}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
        if not is_own_file(frame.filename)
    )
    return (
        f"{type(error).__name__}: {error} at {places}. Response was {_beginning(response)}"
    )
