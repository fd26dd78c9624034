"""`stats.errors` in mid-run: what a script takes out begins anew, with the exception itself."""

from __future__ import annotations

import pytest


class TestErrorsTakenAway:
    """No listener of its own: the requests are recorded in the shortest way."""

    LOCUSTFILE = """
        from facts import fact, finish
        from locust import FastHttpUser, HttpUser, constant

        def clear(stats):
            stats.errors.clear()

        def pop(stats):
            stats.errors.pop(next(iter(stats.errors)))

        def assign(stats):
            stats.errors = {}

        def clear_all(stats):
            stats.clear_all()

        def reset_all(stats):
            stats.reset_all()

        class Fails:
            wait_time = constant(60)
            fixed_count = 1

            def requests(self):
                for _ in range(2):
                    self.client.get("/status/404")
                    self.client.get("/hangup")
                    with self.client.get("/json", catch_response=True) as response:
                        response.failure("not liked")

            def go(self):
                stats = self.environment.stats
                for take_away in (clear, pop, assign, clear_all, reset_all):
                    stats.errors.clear()
                    self.requests()
                    take_away(stats)
                    self.requests()
                    shown = {
                        error.name: [type(error.error).__name__, error.occurrences]
                        for error in stats.errors.values()
                    }
                    fact(f"{type(self).__name__} {take_away.__name__}", shown)
                done.add(type(self).__name__)
                if len(done) == 2:
                    finish(self.environment)

        done = set()

        class Http(Fails, HttpUser):
            tasks = [Fails.go]

        class Fast(Fails, FastHttpUser):
            tasks = [Fails.go]

            def on_start(self):
                import gevent
                while "Http" not in done:
                    gevent.sleep(0.01)
    """
    ARGS = ["-u", "2"]
    ERRORS = {
        "Http": {"/status/404": "HTTPError", "/hangup": "RemoteDisconnected"},
        "Fast": {"/status/404": "LocustBadStatusCode", "/hangup": "HTTPConnectionClosed"},
    }

    @pytest.mark.parametrize("user", ["Http", "Fast"])
    @pytest.mark.parametrize("how", ["clear", "assign", "clear_all", "reset_all"])
    def test_all_of_them(self, run, user, how):
        expected = {name: [error, 2] for name, error in self.ERRORS[user].items()}
        assert run.fact(f"{user} {how}") == expected | {"/json": ["CatchResponseError", 2]}

    @pytest.mark.parametrize("user", ["Http", "Fast"])
    def test_one_of_them(self, run, user):
        shown = run.fact(f"{user} pop")
        assert shown["/status/404"] == [self.ERRORS[user]["/status/404"], 2]
        assert shown["/hangup"] == [self.ERRORS[user]["/hangup"], 4]
