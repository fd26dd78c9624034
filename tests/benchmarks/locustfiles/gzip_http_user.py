"""A page of 40 KB that comes compressed."""

from locust import HttpUser, task


class Visitor(HttpUser):
    @task
    def page(self):
        self.client.get("/page")
