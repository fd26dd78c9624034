"""What the modules of cases are made with: one request and its answers as a dict.

    step("GET", "/a", answers=[Answer(body=b"x")], params={"b": 1})
"""

from __future__ import annotations

import random
from typing import Any

from support.recording_server import Answer

HELLO = Answer(headers=[("Content-Type", "text/plain; charset=utf-8")], body=b"hello")


def step(
    method: str,
    url: Any,
    answers: list[Answer] | None = None,
    *,
    verb: bool = True,
    read: tuple | None = None,
    positional: tuple = (),
    changes: tuple = (),
    **arguments: Any,
) -> dict[str, Any]:
    """`verb`: by session.get() and its like. `read`: how a streamed body is read, `changes`: what
    happens to the session before, see driver.py.
    """
    return {
        "method": method, "url": url, "answers": answers or [HELLO], "verb": verb, "read": read,
        "positional": positional, "changes": changes, "arguments": arguments,
    }  # fmt: skip


def scenario(*steps: dict[str, Any], base_url: str = "{0}", **settings: Any) -> dict[str, Any]:
    return {"base_url": base_url, "settings": settings, "steps": list(steps)}


def some(rng: random.Random, alphabet: list[str], least: int, most: int) -> str:
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(least, most)))
