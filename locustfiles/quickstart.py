"""Visitors of the demo target's shop: most browse, some buy.

    locustella demo-target --port 8080
    locustella -f quickstart.py --headless -u 50 -r 50 -t 15s -H http://127.0.0.1:8080

Stock Locust runs the same file.
"""

import random

from locust import HttpUser, between, task

PRODUCTS = range(1, 61)


class Visitor(HttpUser):
    """Looks around without logging in."""

    weight = 3
    wait_time = between(0.1, 0.5)

    @task(5)
    def look_at_a_product(self):
        # One entry in the statistics for all sixty products.
        self.client.get(f"/products/{random.choice(PRODUCTS)}", name="/products/{id}")

    @task(3)
    def browse(self):
        self.client.get("/")
        self.client.get("/products")

    @task(1)
    def ask_for_what_is_not_there(self):
        # A 404 is what should happen here, so it counts as a success.
        with self.client.get(
            "/products/4040", name="/products/{id} (missing)", catch_response=True
        ) as response:
            if response.status_code == 404:
                response.success()
            else:
                response.failure(f"expected 404, got {response.status_code}")


class Customer(HttpUser):
    """Logs in, fills a cart, looks at the account."""

    weight = 1
    wait_time = between(0.2, 1)

    def on_start(self):
        # The shop answers with a redirect to /account and a session cookie, which the client keeps.
        with self.client.post(
            "/login",
            data={"username": f"customer-{random.randrange(1_000_000)}", "password": "secret"},
            catch_response=True,
        ) as response:
            if not (response.url or "").endswith("/account"):  # None without an answer
                response.failure("the login did not lead to the account")

    @task(3)
    def add_to_cart(self):
        wanted = random.choice(PRODUCTS)
        with self.client.post(
            "/cart", json={"product_id": wanted, "quantity": 1}, catch_response=True
        ) as response:
            if response.status_code != 200:
                response.failure(f"status {response.status_code}")
            elif not any(item["product_id"] == wanted for item in response.json()["items"]):
                response.failure("the product is not in the cart")

    @task(2)
    def review_cart(self):
        self.client.get("/cart")

    @task(1)
    def visit_account(self):
        self.client.get("/account")
