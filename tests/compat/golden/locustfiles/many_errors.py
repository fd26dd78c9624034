"""One entry that fails in several ways: their order, and how the same one is told apart."""

from counted_run import finish
from locust import HttpUser, task


class Visitor(HttpUser):
    @task
    def fail(self):
        for number in (3, 1, 2, 1, 3, 3):
            with self.client.get("/json", name="fails", catch_response=True) as response:
                response.failure(f"reason {number}")
        for method in ("POST", "GET", "PUT"):
            with self.client.request(method, "/echo", name="b", catch_response=True) as response:
                response.failure("the same")
        for name in ("z", "a"):
            with self.client.get("/json", name=name, catch_response=True) as response:
                response.failure(ValueError("the same"))
        finish(self.environment)
