"""One megabyte, again and again."""

from locust import FastHttpUser, task


class Visitor(FastHttpUser):
    @task
    def download(self):
        self.client.get("/megabyte")
