"""`copy.copy(self.client)`: a second session of a FastHttpUser.

    twin = copied(session)         # the same settings, and the same cookies until now
    twin.base_url = "http://other.test"

Its connections are its own, and so are the cookies from then on. Thread: the session's.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from .agent import ClientPool, LocustUserAgent

if TYPE_CHECKING:
    from .session import FastHttpSession

# What a session keeps outside of its `__dict__`.
_IN_THE_CORE = (
    "request_event", "user", "request_name", "base_url", "trust_env", "_catches_timeouts", "_pool",
    "_most_at_once",
)  # fmt: skip
_SPEAKS_FOR_ONE = ("_agent", "_jar")


def copied(session: FastHttpSession) -> FastHttpSession:
    """A session with the same settings, a copy of the cookies, and connections of its own."""
    twin = type(session).__new__(type(session))
    for name in _IN_THE_CORE:
        setattr(twin, name, getattr(session, name))
    own = vars(session)
    vars(twin).update({name: own[name] for name in own if name not in _SPEAKS_FOR_ONE})
    twin.cookiejar.update(session.cookiejar)
    if (agent := own.get("_agent")) is not None:
        vars(twin)["_agent"] = _agent_for(twin, agent)
    return twin


def _agent_for(session: FastHttpSession, other: LocustUserAgent) -> LocustUserAgent:
    """One with the other's settings."""
    agent = copy(other)
    agent._session = session
    agent.default_headers = copy(other.default_headers)
    if isinstance(pool := other.clientpool, ClientPool):
        agent.clientpool = ClientPool(session)
        agent.clientpool.client_args = dict(pool.client_args)
        agent.clientpool.made_with = dict(pool.made_with)
    return agent
