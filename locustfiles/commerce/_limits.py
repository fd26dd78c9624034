"""When a test of the shop has succeeded: the error rate and the 95th percentile decide.

Imported by the locustfiles beside it. SHOP_MOST_ERRORS (0.01) and SHOP_P95_MS (800) are the limits;
the exit code is 0 or 1, whether single requests failed or not.
"""

import logging
import os

from locust import events

MOST_ERRORS = float(os.environ.get("SHOP_MOST_ERRORS", "0.01"))
P95_MS = float(os.environ.get("SHOP_P95_MS", "800"))


@events.quitting.add_listener
def judge(environment, **_event):
    total = environment.stats.total
    p95 = total.get_response_time_percentile(0.95) or 0
    broken = []
    if total.num_requests == 0:
        broken.append("nothing was requested")
    if total.fail_ratio > MOST_ERRORS:
        broken.append(f"{total.fail_ratio:.1%} errors, {MOST_ERRORS:.1%} are allowed")
    if p95 > P95_MS:
        broken.append(f"p95 {p95:.0f} ms, {P95_MS:.0f} are allowed")
    for what in broken:
        logging.error("Limit broken: %s", what)
    environment.process_exit_code = 1 if broken else 0
