"""`quitting` sees the final numbers and says what the exit code is."""

from counted_run import finish
from locust import HttpUser, events, task


@events.test_start.add_listener
def on_test_start(environment, **_event):
    environment.limit = 0.5


@events.quitting.add_listener
def on_quitting(environment, **_event):
    print("failed:", environment.stats.total.fail_ratio)
    too_many = environment.stats.total.fail_ratio > environment.limit
    environment.process_exit_code = 9 if too_many else 5


class Visitor(HttpUser):
    @task
    def fail_once(self):
        self.client.get("/json")
        self.client.get("/json")
        self.client.get("/status/500")
        finish(self.environment)
