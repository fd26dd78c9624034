"""The whole load test: ask for the front page, again and again."""

from locust import FastHttpUser, task


class Visitor(FastHttpUser):
    @task
    def front_page(self):
        self.client.get("/")
