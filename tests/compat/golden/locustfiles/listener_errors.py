"""Listeners that raise: logged, the requests count, exit code 2."""

from counted_run import finish
from locust import HttpUser, events, task
from locust.exception import RescheduleTask


@events.request.add_listener
def refuse(name, **_event):
    if name == "/json":
        raise ValueError("I do not like this one")


@events.request.add_listener
def uncounted(name, **_event):
    if name == "uncounted":
        raise RescheduleTask()


class Visitor(HttpUser):
    turns = 0

    @task
    def visit(self):
        self.turns += 1
        self.client.get("/json")
        if self.turns == 3:
            finish(self.environment)
        self.client.get("/bytes/3", name="uncounted")
        self.client.get("/bytes/4", name="never")
