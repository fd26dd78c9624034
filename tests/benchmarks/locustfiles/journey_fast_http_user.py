"""A login with a form, then nine pages with its cookie, each judged in a with-block."""

from locust import FastHttpUser, task


class Visitor(FastHttpUser):
    @task
    def visit(self):
        with self.client.post(
            "/login", data={"user": "alice", "password": "wonderland"}, catch_response=True
        ) as login:
            if login.status_code != 200:
                login.failure("no login")
        for _ in range(9):
            with self.client.get("/account", catch_response=True) as page:
                if "alice" not in page.text:
                    page.failure("not logged in")
