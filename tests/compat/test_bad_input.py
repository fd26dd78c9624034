"""Issue 3, point 6: bad input gets a short message that says what to do, and an exit code."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

GOOD = """
    from locust import User, constant, task

    class Visitor(User):
        wait_time = constant(1)

        @task
        def work(self): ...
"""
GET = """
    import gevent
    from facts import fact, finish
    from locust import HttpUser, constant, task

    class Visitor(HttpUser):
        wait_time = constant(60)

        @task
        def work(self):
            gevent.spawn_later(0.3, finish, self.environment)
            self.client.get("/")
"""
RUN = ["--headless", "-t", "5s", "--only-summary"]
SCREEN = 40


@dataclass(frozen=True)
class Case:
    """What is started, how it ends, and what the message must contain."""

    name: str
    arguments: list[str]
    exit_code: int
    mentions: list[str]
    files: dict[str, str] = field(default_factory=lambda: {"locustfile.py": GOOD})
    ours_mentions: list[str] = field(default_factory=list)
    ours_exit_code: int | None = None  # where we differ on purpose: docs/migrating-from-locust.md


def _file(text: str) -> dict[str, str]:
    return {"locustfile.py": text}


CASES = [
    Case("no such file", ["-f", "nowhere.py", *RUN], 1, ["nowhere.py"]),
    Case("no default file", RUN, 1, ["locustfile.py"], {}),
    Case("not a Python file", ["-f", "notes.txt", *RUN], 1, ["notes.txt"], {"notes.txt": "hi"}),
    Case("one of two is missing", ["-f", "locustfile.py,gone.py", *RUN], 1, ["gone.py"]),
    Case("an empty folder", ["-f", "home", *RUN], 1, ["home"]),
    Case(
        "a syntax error",
        RUN,
        1,
        ["locustfile.py", "line 3", "SyntaxError"],
        _file("import locust\n\ndef broken(:\n    pass\n"),
    ),
    Case(
        "a failing import",
        RUN,
        1,
        ["locustfile.py", "no_such_module"],
        _file("import locust\nimport no_such_module\n"),
    ),
    Case(
        "an error at import",
        RUN,
        1,
        ["locustfile.py", "line 2", "KeyError", "nothing here"],
        _file("import locust\n{}['nothing here']\n"),
    ),
    Case("no user class", RUN, 1, ["No User class"], _file("import locust\n")),
    Case("an unknown user class", [*RUN, "Nobody"], 1, ["Nobody"]),
    Case("an unknown option", [*RUN, "--no-such-option"], 2, ["--no-such-option"]),
    Case("a misspelt option", [*RUN, "--spwan-rate", "3"], 2, ["--spwan-rate", "--spawn-rate"]),
    Case("users that are no number", [*RUN, "-u", "many"], 2, ["--users", "many"]),
    Case("a spawn rate of zero", [*RUN, "-r", "0"], 2, ["--spawn-rate", "0"]),
    Case("a negative spawn rate", [*RUN, "-r", "-1"], 2, ["--spawn-rate", "0"]),
    Case("an infinite spawn rate", [*RUN, "-r", "inf"], 2, ["--spawn-rate", "finite"]),
    Case("a bad run time", ["--headless", "-t", "soon"], 2, ["--run-time", "1h20m"]),
    Case("a bad log level", [*RUN, "-L", "LOUD"], 2, ["--loglevel", "LOUD", "WARNING"]),
    Case("a value that is missing", ["--headless", "-u"], 2, ["--users"]),
    Case(
        "a bad environment variable",
        RUN,
        2,
        ["lots"],
        {"locustfile.py": GOOD, "variables": "LOCUST_USERS=lots"},
    ),
    # Not one request was sent: stock calls that a success, we do not.
    Case("no host", RUN, 0, ["host", "--host"], _file(GET), ours_exit_code=1),
    Case(
        "a host without scheme",
        [*RUN, "-H", "127.0.0.1:9"],
        1,
        ["127.0.0.1:9"],
        _file(GET),
        ours_mentions=["http://"],
    ),
    Case(
        "an unreachable host",
        [*RUN, "-H", "http://127.0.0.1:9"],
        1,
        ["Connection refused", "GET /"],
        _file(GET),
    ),
]


def start(launch, case):
    files = dict(case.files)
    variables = dict(line.split("=") for line in files.pop("variables", "").splitlines())
    return launch(files, case.arguments, variables).result()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
class TestBadInput:
    """The exit code and the words by which one finds the mistake."""

    def test_message(self, launch, implementation, case):
        run = start(launch, case)
        ours = implementation.name == "locustella" and case.ours_exit_code is not None
        assert run.exit_code == (case.ours_exit_code if ours else case.exit_code)
        for word in case.mentions:
            assert word in run.stderr, word
        if implementation.name == "locustella":
            # Stock Locust shows the frames of its own loader; we promised better.
            for word in case.ours_mentions:
                assert word in run.stderr, word
            assert len(run.stderr.splitlines()) <= SCREEN
            assert "/locustella/" not in run.stderr
