"""The state of a runner or of a worker, in Locust's words, over a native state machine.

    class Runner(WithState):
        def __init__(self):
            self._states = RunnerStates()
    runner.state                               # "ready"
    runner.state = "stopped"                   # files may assign what they like
    runner._happens(RunnerEvent.users_start)   # "spawning", if the state allows that

What leads where is a table in core/load/runner_fsm.hpp. The states of a test, and what changes
them:

    ready --first user--> spawning --all users there--> running --stop--> cleanup --> stopped
    stopped --first user--> spawning

Thread: the hub's.
"""

from __future__ import annotations

from typing import Any

from .. import _core

RunnerEvent = _core.RunnerEvent
RunnerStates = _core.RunnerStates
WorkerStates = _core.WorkerStates

STATE_INIT = "ready"
STATE_SPAWNING = "spawning"
STATE_RUNNING = "running"
STATE_CLEANUP = "cleanup"
STATE_STOPPING = "stopping"
STATE_STOPPED = "stopped"
STATE_MISSING = "missing"


class WithState:
    """Has `state`."""

    _states: RunnerStates | WorkerStates
    _own_word: Any = None  # somebody's, for a state that Locust does not have

    @property
    def state(self) -> str:
        return self._states.state if self._own_word is None else self._own_word

    @state.setter
    def state(self, word: str) -> None:
        if word == self.state:
            return
        known = isinstance(word, str) and self._states.assign(word)
        if not known:
            self._states.assign(self._states.state)
        self._own_word = None if known else word
