"""All tasks but those with a tag, which wins over a tag that was asked for."""
# options: --tags read write --exclude-tags slow

import random

from counted_run import finish_after
from locust import HttpUser, tag, task


class Visitor(HttpUser):
    def on_start(self):
        random.seed(5)

    def wait_time(self):
        finish_after(self.environment, 8)
        return 0

    @tag("read")
    @task
    def read(self):
        self.client.get("/json", name="read")

    @tag("write")
    @task
    def write(self):
        self.client.post("/echo", name="write")

    @tag("read", "slow")
    @task(5)
    def never(self):
        self.client.get("/json", name="never")
