"""A user class for each wait function; every user has two turns, the first one after the other."""
# options: -u 6

import gevent
from counted_run import finish_after
from gevent.lock import BoundedSemaphore
from locust import HttpUser, between, constant, constant_pacing, constant_throughput, task

one_at_a_time = BoundedSemaphore()


class Visitor(HttpUser):
    abstract = True
    fixed_count = 1
    turns = 0

    @task
    def look(self):
        self.turns += 1
        with one_at_a_time:
            self.client.get("/json", name=type(self).__name__)
        finish_after(self.environment, 12)
        if self.turns == 2:
            gevent.sleep(30)


class Constant(Visitor):
    wait_time = constant(0.1)


class Between(Visitor):
    wait_time = between(0.05, 0.2)


class Pacing(Visitor):
    wait_time = constant_pacing(0.1)


class Throughput(Visitor):
    wait_time = constant_throughput(10)


class Method(Visitor):
    def wait_time(self):
        return 0.1


class Legacy(Visitor):
    min_wait = 50
    max_wait = 100
