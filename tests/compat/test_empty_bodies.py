"""Bodies with nothing in them, and how they are framed; and time limits in the words of errors."""

from __future__ import annotations

import pytest

EMPTY = ["{'n': None}", "{'n': [None]}", "{'n': []}", "[('n', None)]"]
NONE = ["{}", "[]", "''", "b''", "None"]


class TestEmptyBodies:
    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario

        TYPES = {"none": None, "form": {"Content-Type": "application/x-www-form-urlencoded"},
                 "json": {"content-type": "application/json"}}

        def sent(user, method, data, kind):
            client, fields = user.client, TYPES[kind]
            answer = client.request(method, "/echo", data=eval(data), headers=fields).json()
            framing = [field for field in answer["headers"]
                       if field[0] in ("Content-Length", "Transfer-Encoding")]
            return [framing, answer["body"]]

        @scenario
        def steps(user):
            if isinstance(user, MyHttpUser):
                for method in ("POST", "DELETE", "GET"):
                    for data in BODIES:
                        for kind in TYPES:
                            attempt(user, sent, method, data, kind)
    """.replace("BODIES", str(EMPTY + NONE))
    ARGS = ["-u", "2"]

    @pytest.mark.parametrize("kind", ["none", "form", "json"])
    @pytest.mark.parametrize("data", EMPTY)
    @pytest.mark.parametrize("method", ["POST", "DELETE", "GET"])
    def test_a_form_that_says_nothing(self, run, method, data, kind):
        fact = run.fact(f"HttpUser sent-{method}-{data}-{kind}")
        assert fact["returned"] == [[["Transfer-Encoding", "chunked"]], ""]

    @pytest.mark.parametrize("kind", ["none", "form", "json"])
    @pytest.mark.parametrize("data", NONE)
    @pytest.mark.parametrize("method", ["POST", "GET"])
    def test_no_body(self, run, method, data, kind):
        fact = run.fact(f"HttpUser sent-{method}-{data}-{kind}")
        assert fact["returned"] == [[["Content-Length", "0"]] if method == "POST" else [], ""]


class TestTimeLimitsInWords:
    """5 and 5.0 are the same time, and two failures."""

    LOCUSTFILE = """
        from facts import fact, finish
        from locust import HttpUser, constant, task

        LIMITS = [1, 1.0, (7, 1), (7, 1.0), (None, 1.0), 0.25, (7.5, 0.25)]

        class Impatient(HttpUser):
            wait_time = constant(60)

            @task
            def go(self):
                for number, limit in enumerate(LIMITS):
                    for _ in range(2):
                        self.client.get("/delay/1500", timeout=limit, name=f"limit {number}")
                stats = self.environment.stats
                fact("errors", sorted([e.name, str(e.error).partition(": ")[2], e.occurrences]
                                      for e in stats.errors.values()))
                finish(self.environment)
    """

    def test_each_has_its_own(self, run):
        said = ["1", "1.0", "1", "1.0", "1.0", "0.25", "0.25"]
        assert run.fact("errors") == [
            [f"limit {number}", f"Read timed out. (read timeout={limit})", 2]
            for number, limit in enumerate(said)
        ]
