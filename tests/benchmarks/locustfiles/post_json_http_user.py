"""An order as JSON, again and again."""

from locust import HttpUser, task


class Visitor(HttpUser):
    @task
    def order(self):
        self.client.post(
            "/orders", json={"item": 7, "quantity": 2, "note": "as a gift", "express": True}
        )
