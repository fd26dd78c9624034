"""A user of another protocol that reports its requests by hand, with fixed times."""
# times: fixed

from counted_run import finish
from locust import User, task


class Caller(User):
    def report(self, name, time, length, exception=None):
        self.environment.events.request.fire(
            request_type="RPC",
            name=name,
            response_time=time,
            response_length=length,
            exception=exception,
            context={"by": "hand"},
        )

    @task
    def call(self):
        for index in range(1, 101):
            self.report("steps", index, 10)
        for time in (120, 250, 32_000):
            self.report("slow", time, time)
        for _ in range(3):
            self.report("broken", 7, 0, ConnectionError("the line is dead"))
        finish(self.environment)
