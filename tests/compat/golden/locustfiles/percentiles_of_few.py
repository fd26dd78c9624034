"""So few requests that it matters how a percentile is taken."""
# times: fixed

from counted_run import finish
from locust import User, task


class Caller(User):
    @task
    def call(self):
        for name, times in (("of four", (1, 250, 1500, 32_000)), ("of three", (5, 50, 500))):
            for time in times:
                self.environment.events.request.fire(
                    request_type="RANK",
                    name=name,
                    response_time=time,
                    response_length=0,
                    exception=None,
                )
        finish(self.environment)
