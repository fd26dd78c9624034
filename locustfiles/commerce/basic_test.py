"""A shop, half an hour before its launch: visitors that look, fill a cart and check their account.

    locustella demo-target --port 8080
    locustella -f commerce/basic_test.py --headless -u 50 -r 5 -t 2h -H http://127.0.0.1:8080 --html basic.html --csv basic

The limits of _limits.py decide on the exit code; with DATADOG_API_KEY in the environment _datadog.py
sends metrics. Stock Locust runs the same file.
"""  # noqa: E501

import random

import _datadog  # noqa: F401
import _limits  # noqa: F401
from locust import HttpUser, between, task

PRODUCTS = range(1, 61)


class Shopper(HttpUser):
    wait_time = between(0.5, 2)

    def on_start(self):
        self.client.post("/login", data={"username": "shopper", "password": "secret"})

    @task(6)
    def look(self):
        self.client.get("/products")
        self.client.get(f"/products/{random.choice(PRODUCTS)}", name="/products/{id}")

    @task(2)
    def buy(self):
        wanted = random.choice(PRODUCTS)
        self.client.post("/cart", json={"product_id": wanted, "quantity": 1})
        self.client.get("/cart")

    @task(1)
    def account(self):
        self.client.get("/account")
