"""A test in which nothing is ever requested."""

from counted_run import finish
from locust import HttpUser, task


class Visitor(HttpUser):
    @task
    def idle(self):
        finish(self.environment)
