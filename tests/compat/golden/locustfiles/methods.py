"""HttpUser: every method on one path, bodies up and down, redirects, a streamed answer."""

from counted_run import finish
from locust import HttpUser, task


class Visitor(HttpUser):
    @task
    def visit(self):
        for method in ("PUT", "GET", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD"):
            self.client.request(method, "/bytes/9")
        self.client.post("/echo", {"field": "value"}, name="form")
        self.client.post("/echo", json={"a": 1}, name="json")
        self.client.get("/redirect/2")
        self.client.get("/redirect/1", allow_redirects=False, name="not followed")
        self.client.get("/gzip")
        response = self.client.get("/bytes/500", stream=True, name="streamed")
        assert sum(map(len, response.iter_content(100))) == 500
        finish(self.environment)
