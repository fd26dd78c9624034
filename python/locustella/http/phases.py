"""The phases of one request: look-up, connect, TLS, send, first byte, receive.

    # {"phases": {"dns": 0.0, ..., "first_byte": 1.2, ...}}, where they are kept
    in_context({}, response)

Only while they are kept do requests carry them: they cost a little time and memory. They add up to
the response time; a phase that did not happen (no connect on an open connection) is 0.

Thread: the hub's.
"""

from __future__ import annotations

from typing import Any

PHASES = ("dns", "connect", "tls", "send", "first_byte", "receive")
CONTEXT_KEY = "phases"


class _Switch:
    on = False


def keep_phases(on: bool) -> None:
    """Turns them on or off for this process."""
    _Switch.on = on


def are_kept() -> bool:
    return _Switch.on


def of(response: Any) -> dict[str, float] | None:
    """The phases of a native response in milliseconds; None for others."""
    phases = getattr(response, "_native_phases", None)
    if phases is None or response._native_session() is None:
        return None
    return dict(zip(PHASES, (seconds * 1000 for seconds in phases().values()), strict=True))


def in_context(context: dict[str, Any], response: Any) -> dict[str, Any]:
    """The context that listeners get: with the phases, where they are kept."""
    if not _Switch.on or (phases := of(response)) is None:
        return context
    return {**context, CONTEXT_KEY: phases}
