"""Why the core has not understood a call: what of it has to be left out for that it does.

    reason_of(session, "GET", "/", {"cookies": {"a": "1"}, "verify": False}, site)
    # "cookies= (dict)"

The core is asked whether it would take such a call (`_fits_plain_path`, which sends nothing): first
the least of calls, then with the URL and the method, then without one argument after the other. So
the answer stays true whatever the core learns. It is worked out once for each line and shape of a
call. Thread: the session's.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

_SETTINGS = ("params", "hooks", "proxies", "headers", "auth", "cookies", "verify", "cert", "stream")
_MOST_KNOWN = 10_000
_known: dict[tuple[Any, ...], str] = {}


def reason_of(session: Any, method: Any, url: Any, arguments: dict[str, Any], site: str) -> str:
    said = {name: value for name, value in arguments.items() if value is not None}
    shape = tuple((name, type(value)) for name, value in said.items())
    key = (type(session), method, type(url), site, shape)
    known = _known.get(key)
    if known is None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        known = _known[key] = _find(session, method, url, said)
    return known


def _find(session: Any, method: Any, url: Any, said: dict[str, Any]) -> str:
    fits = session._fits_plain_path
    if not fits("GET", "/"):
        return _of_session(session)
    if not fits(method, "/"):
        return f"the method {method!r}"
    if not fits(method, url):
        return f"such a URL ({type(url).__name__})" if type(url) is not str else "such a URL"
    return _of_arguments(lambda less: fits(method, url, **less), said)


def _of_session(session: Any) -> str:
    if type(getattr(session, "request_name", None)) not in (str, type(None)):
        return "rename_request() (of no text)"
    set_there = [name for name in _SETTINGS if name in vars(session)]
    return f"the session's settings ({', '.join(set_there) or 'its class, or what is around it'})"


def _of_arguments(fits: Any, said: dict[str, Any]) -> str:
    guilty = [name for name in said if fits(_without(said, (name,)))]
    if fits(said):
        return "what the session was set to then"
    if not guilty:  # several at once: all that do not fit by themselves
        guilty = [name for name, value in said.items() if not fits({name: value})]
    named = guilty if fits(_without(said, guilty)) else list(said)
    return ", ".join(f"{name}= ({type(said[name]).__name__})" for name in named)


def _without(said: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name not in names}
