"""Each user asks four times a second: 50 of them make 200 requests a second."""

import recorded_times  # noqa: F401
from locust import FastHttpUser, constant_throughput, task


class Visitor(FastHttpUser):
    wait_time = constant_throughput(4)

    @task
    def front_page(self):
        self.client.get("/")
