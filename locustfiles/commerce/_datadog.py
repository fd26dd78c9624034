"""Metrics for Datadog, every ten seconds: response times, users, error rate.

Imported by the locustfiles beside it, and silent unless DATADOG_API_KEY is set. DATADOG_SITE
(datadoghq.com) says which Datadog, DATADOG_URL a proxy before it, DATADOG_TAGS (`team:shop,run:7`)
what the numbers are tagged with.
"""

import logging
import os
import time

import gevent
import requests
from locust import events

KEY = os.environ.get("DATADOG_API_KEY", "")
SITE = os.environ.get("DATADOG_SITE", "datadoghq.com")
URL = os.environ.get("DATADOG_URL", f"https://api.{SITE}")
TAGS = [tag for tag in os.environ.get("DATADOG_TAGS", "").split(",") if tag]
INTERVAL_S = float(os.environ.get("DATADOG_INTERVAL_S", "10"))
GAUGE = 3  # of Datadog's kinds of metrics


class Reporter:
    """Notes what happened since the last report, and sends it."""

    def __init__(self, environment):
        self.environment = environment
        self.times, self.failed = [], 0

    def note(self, response_time, exception, **_event):
        if response_time is not None:
            self.times.append(response_time)
        self.failed += exception is not None

    def run(self):
        while True:
            gevent.sleep(INTERVAL_S)
            self.send()

    def send(self, **_event):
        times, failed = sorted(self.times), self.failed
        self.times, self.failed = [], 0
        values = {"locust.users.active": self.environment.runner.user_count}
        if times:
            values["locust.request.response_time"] = sum(times) / len(times)
            values["locust.request.response_time.p95"] = times[int(len(times) * 0.95)]
            values["locust.request.error_rate"] = failed / len(times)
        now = int(time.time())
        series = [
            {
                "metric": name,
                "type": GAUGE,
                "points": [{"timestamp": now, "value": value}],
                "tags": TAGS,
            }
            for name, value in values.items()
        ]
        try:
            requests.post(
                f"{URL}/api/v2/series",
                json={"series": series},
                headers={"DD-API-KEY": KEY},
                timeout=5,
            ).raise_for_status()
        except requests.RequestException as error:
            logging.warning("Datadog did not take the metrics: %s", error)


@events.init.add_listener
def begin(environment, **_event):
    if not KEY:
        return
    reporter = Reporter(environment)
    environment.events.request.add_listener(reporter.note)
    environment.events.test_stop.add_listener(reporter.send)
    gevent.spawn(reporter.run)
