"""50 us of Python work after each request: enough users of it keep the Python thread saturated."""

import time

import recorded_times  # noqa: F401
from locust import HttpUser, task

PYTHON_SECONDS = 50e-6


class Visitor(HttpUser):
    @task
    def front_page(self):
        self.client.get("/")
        busy_until = time.perf_counter() + PYTHON_SECONDS
        while time.perf_counter() < busy_until:
            pass
