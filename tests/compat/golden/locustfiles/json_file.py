"""--json-file: the list goes to a file, and no tables to the console."""
# options: --json-file out/numbers

from counted_run import finish
from locust import HttpUser, task


class Visitor(HttpUser):
    @task
    def look(self):
        self.client.get("/json")
        self.client.get("/status/404")
        self.client.post("/echo")
        finish(self.environment)
