"""The front page again and again, from a server with a certificate that nobody signed."""

from locust import HttpUser, task


class Visitor(HttpUser):
    def on_start(self):
        self.client.verify = False

    @task
    def front_page(self):
        self.client.get("/")
