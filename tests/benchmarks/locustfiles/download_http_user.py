"""One megabyte, again and again."""

from locust import HttpUser, task


class Visitor(HttpUser):
    @task
    def download(self):
        self.client.get("/megabyte")
