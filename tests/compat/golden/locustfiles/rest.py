"""FastHttpUser.rest: JSON that is checked, and every way in which a check fails."""

from counted_run import finish
from locust import FastHttpUser, task


class Visitor(FastHttpUser):
    @task
    def check(self):
        with self.rest("GET", "/json") as response:
            assert response.js["name"] == "lark"
        with self.rest("GET", "/json", name="wrong") as response:
            assert response.js["name"] == "nightingale", "it was the lark"
        with self.rest("GET", "/json", name="wrong, with the answer") as response:
            assert response.js["name"] == "nightingale", "it was the lark,"
        with self.rest("GET", "/json", name="failure()") as response:
            response.failure("because I say so")
        with self.rest("GET", "/", name="no JSON"):
            pass
        with self.rest("POST", "/echo", json={"a": 1}) as response:
            assert response.js["method"] == "POST"
        with self.rest("GET", "/status/404"):
            pass
        finish(self.environment)
