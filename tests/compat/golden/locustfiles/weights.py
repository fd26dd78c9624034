"""Two tasks of weights 3 and 1, picked at random from a fixed seed."""

import random

from counted_run import finish_after
from locust import HttpUser, task


class Visitor(HttpUser):
    def on_start(self):
        random.seed(7)

    def wait_time(self):
        finish_after(self.environment, 16)
        return 0

    @task(3)
    def often(self):
        self.client.get("/json")

    @task
    def seldom(self):
        self.client.get("/bytes/10")
