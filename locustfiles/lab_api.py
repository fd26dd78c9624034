"""A lab's API: each user makes a fixed number of requests, and every one goes to a file.

    locustella demo-target --port 8080
    locustella -f lab_api.py --headless -u 4 -r 4 -H http://127.0.0.1:8080 --num-reqs 25 --outfile run-1.jsonl

Before the first user a cluster and the users' names are made over the admin API, after the last one
the cluster is deleted, whatever happened in between. The test ends when every user has made its
requests. A line of the file is one request, for `pandas.read_json("run-1.jsonl", lines=True)`.

The demo target has no admin API: /echo, which answers everything, stands in for it. Stock Locust
runs the same file.
"""  # noqa: E501

import json
import logging
import random
from collections import deque

import gevent
import requests
from locust import HttpUser, between, events, task
from locust.exception import StopUser

PRODUCTS = range(1, 61)
names = deque()  # of the users that the admin API has made; each of ours takes one
finished = []
outfile = None


@events.init_command_line_parser.add_listener
def add_arguments(parser):
    parser.add_argument("--num-reqs", type=int, default=4, help="Requests of each user")
    parser.add_argument("--label", default="unnamed", help="Stands on every line of the file")
    parser.add_argument("--outfile", default="requests.jsonl", help="Where the requests go")
    parser.add_argument("--admin-path", default="/echo", help="Where the admin API is")
    parser.add_argument("--admin-token", default="", env_var="LAB_ADMIN_TOKEN", is_secret=True)


def administer(environment, action, **more):
    """One call of the admin API; it is no part of the test and not in its statistics."""
    options = environment.parsed_options
    answer = requests.post(
        f"{environment.host}{options.admin_path}",
        json={"action": action, "label": options.label, **more},
        headers={"Authorization": f"Bearer {options.admin_token}"},
        timeout=10,
    )
    answer.raise_for_status()
    logging.info("Admin API: %s", action)


@events.test_start.add_listener
def set_up(environment, **_event):
    global outfile
    count = environment.runner.target_user_count or environment.parsed_options.num_users
    administer(environment, "create cluster")
    administer(environment, "create users", count=count)
    names.extend(f"user-{number}" for number in range(count))
    finished.clear()
    outfile = open(environment.parsed_options.outfile, "w", encoding="utf-8")


@events.test_stop.add_listener
def tear_down(environment, **_event):
    administer(environment, "delete cluster")
    outfile.close()


@events.request.add_listener
def write_down(request_type, name, response_time, response_length, exception, context, **event):
    line = {
        "label": context["label"],
        "user": context["user"],
        "at": event["start_time"],
        "method": request_type,
        "name": name,
        "ms": response_time,
        "bytes": response_length,
        "error": exception and repr(exception),
    }
    outfile.write(json.dumps(line) + "\n")


class Researcher(HttpUser):
    wait_time = between(0.01, 0.05)

    def on_start(self):
        self.name = names.popleft()
        self.left = self.environment.parsed_options.num_reqs

    def context(self):
        """Goes to every listener of `request`."""
        return {"user": self.name, "label": self.environment.parsed_options.label}

    @task
    def measure(self):
        self.client.get(f"/products/{random.choice(PRODUCTS)}", name="/products/{id}")
        self.left -= 1
        if self.left <= 0:
            raise StopUser()

    def on_stop(self):
        finished.append(self.name)
        if len(finished) == self.environment.parsed_options.num_users:
            logging.info("All %d users have made their requests", len(finished))
            gevent.spawn(self.environment.runner.quit)  # which waits for this user, too
