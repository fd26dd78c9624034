"""An interview platform: how many users it can take, and where it breaks.

    locustella demo-target --port 8080
    locustella -f interviews.py --headless -H http://127.0.0.1:8080 --step-users 20
    locustella -f interviews.py --headless -H http://127.0.0.1:8080 --arrivals-per-minute 500

The first form climbs by steps of so many users. At the end of each it looks at the 95th percentile
and the failures of that step alone; when a limit is broken it says at which step, and up to how
many users the limits held, and ends. The second form lets interviews begin at a rate, whether the
former ones are done or not: each user makes one journey and leaves.

The demo target has no login by JSON: /echo, which answers with what it was sent, stands in. Stock
Locust runs the same file.
"""

import logging
import random

from locust import HttpUser, LoadTestShape, SequentialTaskSet, between, events, task
from locust.exception import StopUser

QUESTIONS = range(1, 61)


@events.init_command_line_parser.add_listener
def add_arguments(parser):
    parser.add_argument("--step-users", type=int, default=20, help="Users that each step adds")
    parser.add_argument("--step-seconds", type=float, default=15, help="How long a step lasts")
    parser.add_argument("--most-users", type=int, default=1000, help="The last step has so many")
    parser.add_argument("--p95-limit-ms", type=float, default=2000)
    parser.add_argument("--failure-limit", type=float, default=0.01, help="Share of the requests")
    parser.add_argument("--arrivals-per-minute", type=float, default=0, help="Instead of steps")
    parser.add_argument("--arrivals-seconds", type=float, default=60, help="How long they arrive")


class Interview(SequentialTaskSet):
    def on_start(self):
        email = f"candidate-{random.randrange(10**9)}@staging.example"
        with self.client.post(
            "/echo",
            json={"email": email, "password": "secret"},
            name="login",
            catch_response=True,
        ) as response:
            if response.ok and email not in response.text:
                response.failure("logged in as somebody else")

    @task
    def choose_a_date(self):
        self.client.get("/products", name="dates")

    @task(3)
    def answer_a_question(self):
        question = random.choice(QUESTIONS)
        self.client.get(f"/products/{question}", name="question")
        self.client.post("/cart", json={"product_id": question, "quantity": 1}, name="answer")

    @task
    def hand_in(self):
        self.client.get("/cart", name="summary")
        if self.user.environment.parsed_options.arrivals_per_minute:
            raise StopUser()
        self.interrupt()


class StagingUser(HttpUser):
    wait_time = between(1, 3)
    tasks = [Interview]


class Ramp(LoadTestShape):
    """Steps that end themselves, or arrivals."""

    def __init__(self):
        super().__init__()
        self.step, self.step_began = 1, 0.0
        self.times, self.failed = [], 0  # of this step
        events.request.add_listener(self.note)

    def note(self, response_time, exception, **_event):
        self.times.append(response_time)
        self.failed += exception is not None

    def tick(self):
        options = self.runner.environment.parsed_options
        if options.arrivals_per_minute:
            return self.arrive(options)
        return self.climb(options)

    def arrive(self, options):
        """Who has left is not replaced: each further user is one more arrival."""
        second = self.get_run_time()
        if second > options.arrivals_seconds:
            return None
        each_second = options.arrivals_per_minute / 60
        return max(1, round((second + 1) * each_second)), each_second

    def climb(self, options):
        if self.get_run_time() - self.step_began >= options.step_seconds:
            users = self.step * options.step_users
            broken = self.broken(options)
            if broken:
                self.say(users - options.step_users, f"{broken} at {users} users, step {self.step}")
                return None
            if users >= options.most_users:
                self.say(users, "no more were asked for")
                return None
            self.step, self.step_began = self.step + 1, self.get_run_time()
            self.times, self.failed = [], 0
        return self.step * options.step_users, options.step_users

    def broken(self, options):
        """What limit this step broke; None if it kept them all."""
        if not self.times:
            return "no request"
        p95 = sorted(self.times)[int(len(self.times) * 0.95)]
        if p95 > options.p95_limit_ms:
            return f"p95 {p95:.0f} ms"
        if self.failed / len(self.times) > options.failure_limit:
            return f"{self.failed} of {len(self.times)} requests failed"
        return None

    def say(self, users, why):
        logging.info("The limits hold up to %d users: %s", users, why)
