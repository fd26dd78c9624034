"""A serverless API: short runs that look for the one request that met a cold start.

    locustella demo-target --port 8080
    locustella -f serverless_api.py --headless -u 100 -r 25 -t 20s -H http://127.0.0.1:8080
    locustella -f serverless_api.py --headless -u 1000 -r 200 -t 20s -H http://127.0.0.1:8080

An average hides a function that took 400 ms to wake up. So the file keeps the slowest requests of
the run and lists them at its end, each with the second in which it began. The percentiles' last
column, 100 %, is the slowest of an entry. `--cold-starts 0.002` makes that share of the requests
slow ones.

Stock Locust runs the same file.
"""

import heapq
import logging
import random
import time

from locust import HttpUser, between, events, task

PRODUCTS = range(1, 61)
SHOWN = 5
COLD_START_MS = 400

slowest = []  # a heap of (milliseconds, second of the test, name)
began = time.time()


@events.init_command_line_parser.add_listener
def add_arguments(parser):
    parser.add_argument(
        "--cold-starts", type=float, default=0.002, help="Share of requests that wake a function"
    )


class Caller(HttpUser):
    wait_time = between(0.2, 1)

    @task(3)
    def get_item(self):
        if random.random() < self.environment.parsed_options.cold_starts:
            self.client.get(f"/delay/{COLD_START_MS}", name="GET item")
        else:
            self.client.get(f"/products/{random.choice(PRODUCTS)}", name="GET item")

    @task(1)
    def list_items(self):
        self.client.get("/products", name="LIST items")

    @task(1)
    def put_item(self):
        self.client.put("/echo", json={"id": random.choice(PRODUCTS)}, name="PUT item")


@events.test_start.add_listener
def start_the_list(**_event):
    global began
    began = time.time()
    slowest.clear()


@events.request.add_listener
def keep_the_slowest(name, response_time, start_time, **_event):
    entry = (response_time, start_time - began, name)
    if len(slowest) < SHOWN:
        heapq.heappush(slowest, entry)
    else:
        heapq.heappushpop(slowest, entry)


@events.test_stop.add_listener
def list_the_slowest(**_event):
    for milliseconds, second, name in sorted(slowest, reverse=True):
        logging.info("Slow: %s took %.1f ms, %.1f s after the start", name, milliseconds, second)
