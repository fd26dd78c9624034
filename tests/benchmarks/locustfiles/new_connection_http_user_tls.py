"""Every request on a connection of its own, with a whole TLS handshake."""

from locust import HttpUser, task


class Visitor(HttpUser):
    def on_start(self):
        self.client.verify = False

    @task
    def front_page(self):
        self.client.get("/", headers={"Connection": "close"})
