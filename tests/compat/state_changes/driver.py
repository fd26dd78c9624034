"""Changes the state of sessions at random moments, and writes down what each request then did.

    python driver.py locustella http 17 40 http://127.0.0.1:8000 http://127.0.0.1:3128 > seen

It runs in the interpreter of the implementation under test and imports nothing of the tests. The
same seed makes the same changes under both. A story is one session: changes of it, of classes and
modules, and calls right and wrong, one after the other; each prints a line of JSON. Whatever was
patched is put back at the story's end.
"""

from __future__ import annotations

import json
import random
import re
import sys
from typing import Any

if sys.argv[1] == "locustella":
    import locustella.as_locust  # noqa: F401 - makes `import locust` ours

from locust.clients import HttpSession  # noqa: E402
from locust.contrib.fasthttp import FastHttpSession  # noqa: E402
from locust.env import Environment  # noqa: E402

_ADDRESS = re.compile(r"0x[0-9a-f]+|port=\d+|127\.0\.0\.1:\d+")
_NOT_OURS = ("Host", "Connection")


class Story:
    """One session and what has been done to it."""

    def __init__(self, kind: str, host: str, proxy: str, rng: random.Random) -> None:
        self.kind, self.host, self.proxy, self.rng = kind, host, proxy, rng
        self.environment = Environment()
        self.environment.create_local_runner()
        make = HttpSession if kind == "http" else FastHttpSession
        self.client: Any = make(host, self.environment.events.request, None)
        self.seen: list[Any] = []  # what patches were told
        self.held: dict[str, Any] = {}  # aliases that the script keeps
        self.undo: list[Any] = []

    def patch(self, owner: Any, name: str, value: Any) -> None:
        missing = object()
        before = vars(owner).get(name, missing)
        setattr(owner, name, value)
        self.undo.append(
            lambda: delattr(owner, name) if before is missing else setattr(owner, name, before)
        )

    def end(self) -> None:
        for undo in reversed(self.undo):
            undo()
        (self.client.close if self.kind == "http" else self.client.client.clientpool.close)()

    def recorded(self) -> list[int]:
        total = self.environment.stats.total
        return [total.num_requests, total.num_failures]


def shown(error: BaseException) -> list[str]:
    return [type(error).__name__, _ADDRESS.sub("_", str(error))]


def outcome(call: Any, story: Story) -> Any:
    """What a request has sent and become, or what it has raised."""
    try:
        response = call(story)
    except Exception as error:
        return {"raised": shown(error)}
    got: dict[str, Any] = {"status": response.status_code, "error": None}
    if (error := getattr(response, "error", None)) is not None:
        got["error"] = shown(error)
    if response.status_code == 200 and response.content:
        heard = json.loads(response.content)
        got["target"], got["body"] = heard["target"], heard["body"]
        got["fields"] = sorted(
            [name, value] for name, value in heard["fields"] if name not in _NOT_OURS
        )
    return got


def tell(story: Story, what: str, fact: Any) -> None:
    print(json.dumps([what, fact, list(story.seen), story.recorded()], default=str), flush=True)


def main() -> None:
    from changes import CALLS, CHANGES  # beside this file

    _, _, kind, seed, stories, host, proxy = sys.argv
    for number in range(int(stories)):
        rng = random.Random(f"{seed} {number}")
        story = Story(kind, host, proxy, rng)
        print(json.dumps(["story", number]), flush=True)
        try:
            for _ in range(rng.randint(3, 7)):
                if rng.random() < 0.6:
                    name = rng.choice(sorted(CHANGES[kind]))
                    try:
                        tell(story, name, CHANGES[kind][name](story))
                    except Exception as error:
                        tell(story, name, shown(error))
                for _ in range(rng.randint(1, 2)):
                    name = rng.choice(sorted(CALLS[kind]))
                    tell(story, name, outcome(CALLS[kind][name], story))
        finally:
            story.end()


if __name__ == "__main__":
    main()
