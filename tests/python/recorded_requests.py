"""What the statistics have been told of requests.

    recording = Recording()
    HttpSession(url, recording.event, None).get("/any")
    assert recording.entries == {("/any", "GET"): 1}
"""

from __future__ import annotations

from locustella.env import Environment
from locustella.event import EventHook
from locustella.statistics.request_recorder import RequestRecorder


class Recording:
    """Statistics that nobody but the core's recorder writes to."""

    def __init__(self) -> None:
        self.environment = Environment()
        self.event = EventHook()
        self.event.add_listener(RequestRecorder(self.environment))

    @property
    def entries(self) -> dict:
        return {key: entry.num_requests for key, entry in self.environment.stats.entries.items()}

    @property
    def errors(self) -> list[tuple]:
        return [
            (e.method, e.name, e.error, e.occurrences)
            for e in self.environment.stats.errors.values()
        ]


class OwnDict(dict):
    """A dict that might say anything: a request with one is worked out by Python."""
