"""Three users share a number of iterations; the last of them ends the run."""
# options: -u 3

import gevent
from counted_run import finish
from locust import HttpUser, task
from locust.exception import StopUser

left = list(range(30))


class Visitor(HttpUser):
    @task
    def take_one(self):
        if not left:
            gevent.sleep(0.2)
            raise StopUser()
        number = left.pop()
        self.client.get(f"/bytes/{number}", name="iteration")
        if number == 0:
            finish(self.environment)
