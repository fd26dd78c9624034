"""One request, then an hour of thought: a user that is connected and idle."""

from locust import FastHttpUser, constant, task


class Visitor(FastHttpUser):
    wait_time = constant(3600)

    @task
    def front_page(self):
        self.client.get("/")
