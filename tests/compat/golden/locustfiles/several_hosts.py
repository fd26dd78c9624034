"""A second session for another host, absolute URLs, credentials in a host."""

import os

from counted_run import finish
from locust import HttpUser, task
from locust.clients import HttpSession

TARGET = os.environ["LOCUSTFILE_TARGET"]


class Visitor(HttpUser):
    def on_start(self):
        other = TARGET.replace("http://", "http://ann:secret@")
        self.other = HttpSession(
            base_url=other, request_event=self.client.request_event, user=self
        )

    @task
    def visit_both(self):
        self.client.get("/json")
        self.other.get("/basic-auth/ann/secret")
        self.other.get("/json")
        self.client.get(f"{TARGET}/bytes/12?absolute=1")
        self.client.get(f"/redirect-to?url={TARGET}/bytes/13", name="elsewhere")
        finish(self.environment)
