"""Imported by the locustfiles of tests/compat/golden: the CSV files are written often, the JSON
goes to final.json as `--json-file` would write it, and a run ends when its files hold everything.

    from counted_run import finish, finish_after

    finish(self.environment)              # from a task: end the run
    finish_after(self.environment, 12)    # the twelfth call ends it
"""

import gevent
import locust.stats
from locust import events

locust.stats.CSV_STATS_INTERVAL_SEC = 0.1
SETTLED_S = 0.4  # several writings of the CSV files
_calls = []


def finish(environment):
    """End the run once the files are written, and wait to be stopped."""
    gevent.sleep(SETTLED_S)
    gevent.spawn(environment.runner.quit)
    gevent.sleep(30)


def finish_after(environment, count):
    """End the run at the call number `count`, whoever calls."""
    _calls.append(None)
    if len(_calls) == count:
        finish(environment)
    elif len(_calls) > count:
        gevent.sleep(30)


@events.init.add_listener
def on_init(environment, **_event):
    @events.quit.add_listener
    def on_quit(**_event):
        locust.stats.save_stats_json(environment.stats, "final")
