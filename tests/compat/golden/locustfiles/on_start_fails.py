"""One of two user classes cannot start; the other does the work."""
# options: -u 2

import gevent
from counted_run import finish
from locust import HttpUser, constant, task


class Broken(HttpUser):
    fixed_count = 1

    def on_start(self):
        self.client.get("/json", name="before the fall")
        raise RuntimeError("no ticket")

    @task
    def never(self):
        self.client.get("/json", name="never")


class Sound(HttpUser):
    fixed_count = 1
    wait_time = constant(0)

    def on_start(self):
        gevent.sleep(0.3)

    @task
    def work(self):
        self.client.get("/json", name="work")
        finish(self.environment)
