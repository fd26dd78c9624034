"""Tasks with tags: what reads the demo target's shop, and what changes a cart.

    locustella demo-target --port 8080
    locustella -f tags.py --headless -u 4 -r 4 -t 10s -H http://127.0.0.1:8080 --tags read

The examples of docs/command-line.md run it. Stock Locust runs the same file.
"""

import random

from locust import HttpUser, between, tag, task

PRODUCTS = range(1, 61)


class Visitor(HttpUser):
    """Reads only."""

    wait_time = between(0.1, 0.5)

    @tag("read")
    @task
    def look_at_a_product(self):
        self.client.get(f"/products/{random.choice(PRODUCTS)}", name="/products/{id}")


class Buyer(HttpUser):
    """Logs in; reads, and fills a cart."""

    wait_time = between(0.1, 0.5)

    def on_start(self):
        self.client.post("/login", data={"username": "buyer", "password": "secret"})

    @tag("read")
    @task(2)
    def review_cart(self):
        self.client.get("/cart")

    @tag("write")
    @task
    def add_to_cart(self):
        self.client.post("/cart", json={"product_id": random.choice(PRODUCTS), "quantity": 1})
