"""FastHttpUser: methods, parameters, redirects, bodies."""

from counted_run import finish
from locust import FastHttpUser, task


class Visitor(FastHttpUser):
    @task
    def visit(self):
        self.client.get("/json")
        self.client.get("/bytes/30", params={"page": 2})
        self.client.get("/bytes/40", params={"page": 3}, name="bytes")
        self.client.post("/echo", data="x" * 50, name="echo")
        self.client.post("/echo", json={"a": [1, 2]}, name="echo")
        self.client.put("/bytes/5", data="put")
        self.client.patch("/bytes/6", data="patch")
        self.client.delete("/bytes/7")
        self.client.head("/bytes/8")
        self.client.options("/bytes/9")
        self.client.get("/redirect/3")
        self.client.get("/redirect/1", allow_redirects=False, name="not followed")
        self.client.get("/gzip")
        self.client.get("/chunked/4")
        finish(self.environment)
