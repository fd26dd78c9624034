"""Names and messages beyond ASCII."""
# times: fixed

from counted_run import finish
from locust import User, task


class Visitor(User):
    def report(self, name, exception=None, kind="GET"):
        self.environment.events.request.fire(
            request_type=kind,
            name=name,
            response_time=20,
            response_length=4,
            exception=exception,
        )

    @task
    def visit(self):
        for name in ("/café", "/Ärger/ß", "/日本語", "/🐦", "/a\u0301", "/Zebra", "/zebra"):
            self.report(name)
        self.report("/日本語", ValueError("kaputt – wie schade"), "ПОСТ")
        self.report("/café", ValueError("🐦 ist weg"))
        finish(self.environment)
