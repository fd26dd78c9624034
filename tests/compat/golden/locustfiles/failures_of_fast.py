"""The same with FastHttpUser."""

from counted_run import finish
from locust import FastHttpUser, task


class Visitor(FastHttpUser):
    network_timeout = 0.2

    @task
    def fail(self):
        for status in (200, 204, 400, 404, 404, 500, 503):
            self.client.get(f"/status/{status}", name=f"status {status // 100}xx")
        self.client.get("/hangup")
        self.client.get("/delay/3000", name="too slow")
        self.client.get("http://127.0.0.1:9/", name="nobody")
        finish(self.environment)
