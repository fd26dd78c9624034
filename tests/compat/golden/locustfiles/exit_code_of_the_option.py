"""Failures, and what the command line says about them."""
# options: --exit-code-on-error 7

from counted_run import finish
from locust import HttpUser, task


class Visitor(HttpUser):
    @task
    def fail(self):
        self.client.get("/status/503")
        finish(self.environment)
