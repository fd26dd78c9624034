"""--csv-full-history: every entry in the history."""
# options: --csv-full-history

from counted_run import finish
from locust import HttpUser, task


class Visitor(HttpUser):
    @task
    def look(self):
        for _ in range(3):
            self.client.get("/json")
        self.client.get("/bytes/20")
        self.client.post("/echo")
        self.client.get("/status/404")
        finish(self.environment)
