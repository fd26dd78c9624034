"""A page of 40 KB that comes compressed."""

from locust import FastHttpUser, task


class Visitor(FastHttpUser):
    @task
    def page(self):
        self.client.get("/page")
