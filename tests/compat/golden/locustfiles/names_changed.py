"""Names that the user, a block and a listener change; a listener that reports more requests."""

from counted_run import finish
from locust import HttpUser, events, task


class Visitor(HttpUser):
    @task
    def visit(self):
        with self.client.rename_request("renamed"):
            self.client.get("/json")
            self.client.get("/bytes/3")
        self.client.request_name = "by attribute"
        self.client.get("/json")
        self.client.request_name = None
        with self.client.get("/json", catch_response=True) as response:
            response.request_meta["name"] = response.json()["name"]
            response.request_meta["request_type"] = "BIRD"
        self.client.get("/json?page=1&sort=up")
        self.client.get("/json", params={"q": "a b"})
        finish(self.environment)


@events.request.add_listener
def also(request_type, name, response_length, **_event):
    if request_type == "GET":
        events.request.fire(
            request_type="ECHO",
            name=name.upper(),
            response_time=1,
            response_length=response_length,
            exception=None,
        )
