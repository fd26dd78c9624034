"""`stream=True` and 10 MB over TLS: read whole, in part, or not at all, and the session used on."""

from __future__ import annotations

import pytest

SIZE = 10_000_000
STEPS = {
    # returned, and whether the next request finds the connection open
    "HttpUser": {
        "whole": [SIZE, True], "lines": [1, False], "raw": [SIZE, True], "content": [SIZE, True],
        "part_closed": [4_194_304, False], "part_left": [4_194_304, False],
        "raw_part": [1000, False], "closed": [0, False], "judged": [4_194_304, False],
    },
    "FastHttpUser": {
        "whole": [SIZE, True], "content": [SIZE, True], "judged": [4_194_304, False],
        "part_left": [4_194_304, False],
    },
}  # fmt: skip


class TestStreamsOverTls:
    TLS = True
    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario

        def pieces(response, most=None):
            size = 0
            for piece in response.iter_content(65536):
                size += len(piece)
                if most and size > most:
                    break
            return size

        def whole(response):
            return pieces(response)

        def lines(response):
            line = next(response.iter_lines(delimiter=b"x"))
            response.close()
            return len(line) + 1

        def raw(response):
            return len(response.raw.read())

        def content(response):
            return len(response.content)

        def part_closed(response):
            size = pieces(response, 4_194_303)
            response.close()
            return size

        def part_left(response):
            return pieces(response, 4_194_303)

        def raw_part(response):
            size = len(response.raw.read(1000))
            response.close()
            return size

        def closed(response):
            response.close()
            return 0

        def read(user, step):
            connection = user.client.get("/echo").json()["connection"]
            response = user.client.get("/bytes/10000000", stream=True)
            size = globals()[step](response)
            again = user.client.get("/echo").json()["connection"]
            then = user.client.get("/echo").json()["connection"]
            return [size, again == connection, then == again]

        def judged(user):
            connection = user.client.get("/echo").json()["connection"]
            with user.client.get("/bytes/10000000", stream=True, catch_response=True) as response:
                size = pieces(response, 4_194_303)
            again = user.client.get("/echo").json()["connection"]
            then = user.client.get("/echo").json()["connection"]
            return [size, again == connection, then == again]

        @scenario
        def steps(user):
            if isinstance(user, MyHttpUser):
                user.client.verify = False
            for step in STEPS[type(user).__name__.removeprefix("My")]:
                if step == "judged":
                    attempt(user, judged)
                else:
                    attempt(user, read, step)
    """.replace("STEPS", str({client: list(steps) for client, steps in STEPS.items()}))
    ARGS = ["-u", "2"]

    @pytest.mark.parametrize(
        ("client", "step"), [(client, step) for client in STEPS for step in STEPS[client]]
    )
    def test_size_connection_and_record(self, run, client, step):
        fact = run.fact(f"{client} judged" if step == "judged" else f"{client} read-{step}")
        size, reused = STEPS[client][step]
        assert fact["raised"] is None, fact
        got, same, then = fact["returned"]
        assert (same, then) == (reused, True)
        assert got == size if reused else size <= got < size + 65536
        lengths = [event["length"] for event in fact["events"] if "/bytes" in event["name"]]
        assert lengths == [SIZE]
