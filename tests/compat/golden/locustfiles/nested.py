"""Task sets three deep, left by interrupt() with and without the parent's wait."""

import random

from counted_run import finish_after
from locust import HttpUser, TaskSet, task


class Visitor(HttpUser):
    def on_start(self):
        random.seed(3)

    def wait_time(self):
        finish_after(self.environment, 24)
        return 0

    @task
    def front(self):
        self.client.get("/")

    @task(2)
    class Forum(TaskSet):
        def on_start(self):
            self.client.get("/json", name="forum")

        @task(3)
        def read(self):
            self.client.get("/json", name="read")

        @task(2)
        class Thread(TaskSet):
            @task
            def reply(self):
                self.client.post("/echo", name="reply")
                self.interrupt()

        @task
        def leave(self):
            self.interrupt(reschedule=False)
