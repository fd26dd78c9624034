"""Only the tasks with one of two tags, one of which a task set hands down."""
# options: --tags read write

import random

from counted_run import finish_after
from locust import HttpUser, TaskSet, tag, task


class Visitor(HttpUser):
    def on_start(self):
        random.seed(5)

    def wait_time(self):
        finish_after(self.environment, 12)
        return 0

    @tag("read")
    @task
    def read(self):
        self.client.get("/json", name="read")

    @tag("other")
    @task(5)
    def never(self):
        self.client.get("/json", name="never")

    @tag("write")
    @task
    class Writing(TaskSet):
        @task
        def write(self):
            self.client.post("/echo", name="write")
            self.interrupt()

    @task(5)
    def without(self):
        self.client.get("/json", name="without")
