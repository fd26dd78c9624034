"""Users that end themselves one after the other; the last one ends the run."""
# options: -u 3

from counted_run import finish_after
from locust import HttpUser, task
from locust.exception import StopUser


class Visitor(HttpUser):
    turns = 0

    def on_stop(self):
        self.client.get("/json", name="on_stop")
        finish_after(self.environment, 3)

    @task
    def look(self):
        self.client.get("/json", name="look")
        self.turns += 1
        if self.turns == 2:
            raise StopUser()
