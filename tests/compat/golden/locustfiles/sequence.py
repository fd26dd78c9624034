"""A SequentialTaskSet whose second task has a weight, inside a user with a `tasks` list."""

from counted_run import finish
from locust import HttpUser, SequentialTaskSet, task


class Journey(SequentialTaskSet):
    @task
    def arrive(self):
        self.client.get("/")

    @task(3)
    def look(self):
        self.client.get("/json")

    @task
    def leave(self):
        self.client.post("/echo", data="bye")
        finish(self.user.environment)


class Visitor(HttpUser):
    tasks = [Journey]
