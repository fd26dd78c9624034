"""Requests without a time, alone and among others."""
# times: fixed

from counted_run import finish
from locust import User, task


class Visitor(User):
    def report(self, name, time, exception=None):
        self.environment.events.request.fire(
            request_type="TASK",
            name=name,
            response_time=time,
            response_length=0,
            exception=exception,
        )

    @task
    def visit(self):
        for _ in range(3):
            self.report("never timed", None)
        for time in (None, 10, None, 30, 30):
            self.report("sometimes", time)
        self.report("failed without", None, RuntimeError("too early"))
        for _ in range(2):
            self.report("in no time", 0)
        finish(self.environment)
