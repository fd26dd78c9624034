"""Verdicts of the task's own, in `with` blocks, and blocks that exceptions leave."""

from counted_run import finish
from locust import HttpUser, task
from locust.exception import ResponseError


class Visitor(HttpUser):
    @task
    def judge(self):
        with self.client.get("/json", catch_response=True) as response:
            if "lark" not in response.text:
                response.failure("no lark")
        with self.client.get("/json", catch_response=True) as response:
            response.failure("a lark, of all birds")
        with self.client.get("/status/404", catch_response=True) as response:
            response.success()
        with self.client.get("/status/500", catch_response=True):
            pass
        with self.client.get("/bytes/5", name="raised", catch_response=True):
            raise ResponseError("five are too few")
        try:
            with self.client.get("/bytes/6", name="unrecorded", catch_response=True):
                raise ValueError("nobody counts this one")
        except ValueError:
            pass
        with self.client.get("/bytes/7", name="both", catch_response=True) as response:
            response.failure("first")
            response.failure(Exception("last"))
        finish(self.environment)
