"""A Markov chain, walked from a fixed seed."""

import random

from counted_run import finish_after
from locust import HttpUser, MarkovTaskSet, transition, transitions


class Walk(MarkovTaskSet):
    def on_start(self):
        random.seed(11)

    def wait_time(self):
        finish_after(self.user.environment, 20)
        return 0

    @transition("product")
    def catalogue(self):
        self.client.get("/json", name="catalogue")

    @transitions({"cart": 3, "catalogue": 1})
    def product(self):
        self.client.get("/json", name="product")

    @transitions(["product", ("catalogue", 2)])
    def cart(self):
        self.client.post("/echo", name="cart")


class Visitor(HttpUser):
    tasks = [Walk]
