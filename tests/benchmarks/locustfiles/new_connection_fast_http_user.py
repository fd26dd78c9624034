"""Every request on a connection of its own."""

from locust import FastHttpUser, task


class Visitor(FastHttpUser):
    @task
    def front_page(self):
        self.client.get("/", headers={"Connection": "close"})
