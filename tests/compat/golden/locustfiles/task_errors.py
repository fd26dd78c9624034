"""Exceptions in tasks: counted by message and traceback, the user goes on."""

from counted_run import finish
from locust import HttpUser, SequentialTaskSet, task
from locust.exception import RescheduleTask


class Journey(SequentialTaskSet):
    @task(3)
    def divide(self):
        self.client.get("/json")
        return 1 / 0

    @task(2)
    def look_up(self):
        return {}["no such key"]

    @task
    def come_back_later(self):
        self.client.get("/json", name="rescheduled")
        raise RescheduleTask()

    @task
    def end(self):
        finish(self.user.environment)


class Visitor(HttpUser):
    tasks = [Journey]
