"""urllib3's log lines, for those who have turned its logger on: the core sends, and urllib3 says
nothing.

    logging.getLogger("urllib3").setLevel(logging.DEBUG)

    urllib3.connectionpool: Starting new HTTP connection (1): 127.0.0.1:8080
    urllib3.connectionpool: http://127.0.0.1:8080 "GET /echo HTTP/1.1" 200 235

While that logger is on, requests take the full path, which ends here. Who has turned it on or off
is found as patches are (http/patches.py), so that it costs nothing while it is off.

Thread: the session's.
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from ..patches import found
from ..urls import Place, place_of
from .response import NativeResponse, chain_of

if TYPE_CHECKING:
    from .session import NativeSession

logger = logging.getLogger("urllib3.connectionpool")

# How many connections each session has opened to (TLS, host, port), as far as they were told of.
_opened: WeakKeyDictionary[NativeSession, Counter[tuple[bool, str, int]]] = WeakKeyDictionary()


def tell(response: NativeResponse, place: Place, method: str) -> None:
    """Logs the exchange that began at this place, if anybody wants to read that."""
    if not found().wire_log:
        return
    phases = response._native_phases()
    _tell_of_connection(response._native_session(), place, bool(phases["dns"] or phases["connect"]))
    history = response._native_history()
    requests = [(method, place)]
    if history:
        requests += [(str(one.method), place_of(str(one.url))) for one in chain_of(response)[1:]]
    hops = [(hop[2], hop[4]) for hop in history]
    if response._native_status():
        hops.append((response._native_status(), response._native_fields()))
    for (hop_method, to), (status, fields) in zip(requests, hops, strict=False):
        _tell_of_answer(hop_method, to, status, fields)


def _tell_of_connection(session: NativeSession, place: Place, is_new: bool) -> None:
    counts = _opened.setdefault(session, Counter())
    origin = (place.tls, place.host, place.port)
    if not is_new:
        counts[origin] = max(counts[origin], 1)  # it was opened before anybody wanted to know
        return
    counts[origin] += 1
    number = counts[origin]
    kind = "HTTPS" if place.tls else "HTTP"
    logger.debug("Starting new %s connection (%d): %s:%s", kind, number, place.host, place.port)


def _tell_of_answer(method: str, place: Place, status: int, fields: list[tuple[str, str]]) -> None:
    length: int | None = None
    if method == "HEAD" or status in (204, 304):
        length = 0
    else:
        for name, value in fields:
            if name.lower() == "content-length" and value.isdigit():
                length = int(value)
    scheme = "https" if place.tls else "http"
    origin = (scheme, place.host, place.port)
    logger.debug(
        '%s://%s:%s "%s %s %s" %s %s', *origin, method, place.target, "HTTP/1.1", status, length
    )
