"""--reset-stats: only what comes after all users are there."""
# options: -u 2 -r 1 --reset-stats

import gevent.event
from counted_run import finish_after
from locust import HttpUser, events, task

complete = gevent.event.Event()


@events.spawning_complete.add_listener
def on_spawning_complete(**_event):
    gevent.spawn_later(0.1, complete.set)


class Visitor(HttpUser):
    def on_start(self):
        if self.environment.runner.user_count < 2:
            self.client.get("/json", name="before")
        complete.wait(10)

    @task
    def look(self):
        self.client.get("/json", name="after")
        finish_after(self.environment, 4)
