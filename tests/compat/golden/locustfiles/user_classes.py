"""Six users of four classes: fixed counts first, weights for the rest."""
# options: -u 6

from counted_run import finish_after
from gevent.lock import BoundedSemaphore
from locust import HttpUser, constant, task

one_at_a_time = BoundedSemaphore()


class Visitor(HttpUser):
    abstract = True
    wait_time = constant(60)

    @task
    def look(self):
        with one_at_a_time:
            self.client.get("/json", name=type(self).__name__)
        finish_after(self.environment, 6)


class Reader(Visitor):
    weight = 3


class Writer(Visitor):
    weight = 1


class Nobody(Visitor):
    weight = 0


class Admin(Visitor):
    fixed_count = 2
