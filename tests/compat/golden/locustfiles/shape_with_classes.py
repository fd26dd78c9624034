"""A load shape whose ticks name the user classes, too."""

import counted_run  # noqa: F401
from locust import HttpUser, LoadTestShape, constant, task


class Visitor(HttpUser):
    abstract = True
    wait_time = constant(60)

    def on_start(self):
        self.client.get("/json", name=type(self).__name__)

    @task
    def look(self): ...


class Reader(Visitor): ...


class Writer(Visitor): ...


class Staged(LoadTestShape):
    def __init__(self):
        super().__init__()
        self.stages = [(2, 50, [Reader]), (3, 50, [Writer]), (5, 50, [Reader, Writer])]

    def tick(self):
        return self.stages.pop(0) if self.stages else None
