"""One request, then an hour of thought, over TLS to a certificate that nobody signed."""

from locust import HttpUser, constant, task


class Visitor(HttpUser):
    wait_time = constant(3600)

    def on_start(self):
        self.client.verify = False

    @task
    def front_page(self):
        self.client.get("/")
