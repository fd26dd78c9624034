"""--json: the list is all that goes to stdout."""
# options: --json

from counted_run import finish
from locust import HttpUser, task


class Visitor(HttpUser):
    @task
    def look(self):
        for size in (1, 10, 100):
            self.client.get(f"/bytes/{size}")
        self.client.get("/status/500", name="broken")
        finish(self.environment)
