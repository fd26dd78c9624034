"""One request, then an hour of thought: a user that is connected and idle."""

from locust import HttpUser, constant, task


class Visitor(HttpUser):
    wait_time = constant(3600)

    @task
    def front_page(self):
        self.client.get("/")
