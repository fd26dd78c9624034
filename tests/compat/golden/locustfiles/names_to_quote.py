"""Names that CSV and JSON have to quote, and one that is too long for the console."""
# times: fixed

from counted_run import finish
from locust import User, task

NAMES = ['with "quotes"', "with, comma", "with;semicolon", " blanks around ", "", "back\\slash"]
NAMES += ["two\nlines", "tab\there", "'single'", "=1+1", "100%", "%s %d {0}", "x" * 120]


class Visitor(User):
    @task
    def visit(self):
        for name in NAMES:
            self.environment.events.request.fire(
                request_type="GET",
                name=name,
                response_time=20,
                response_length=4,
                exception=ValueError(f'no "{name}", sorry'),
            )
        finish(self.environment)
