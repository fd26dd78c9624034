"""A load shape with ticks of two values, up and down; `None` ends the test."""
# options: -u 9

import counted_run  # noqa: F401
from locust import HttpUser, LoadTestShape, constant, events, task


class Visitor(HttpUser):
    wait_time = constant(60)

    def on_start(self):
        self.client.get("/json", name="arrival")

    def on_stop(self):
        self.client.get("/json", name="departure")

    @task
    def look(self): ...


class UpAndDown(LoadTestShape):
    steps = [(2, 100), (3, 100), (1, 100)]

    def tick(self):
        return self.steps.pop(0) if self.steps else None


@events.test_stop.add_listener
def on_test_stop(environment, **_event):
    print("users at the end:", environment.runner.user_count)
