"""`events.request.measure` around work of the task's own."""

from counted_run import finish
from locust import User, events, task


class Worker(User):
    @task
    def work(self):
        with events.request.measure("job", "fine") as meta:
            meta["response_length"] = 11
        for _ in range(2):
            with events.request.measure("job", "broken"):
                raise ValueError("not today")
        finish(self.environment)
