"""The slow road: requests that only `requests`' own code can send, over gevent's sockets.

    slow_road(session, "response hooks", "GET", url, {"hooks": {...}})
    counts()                                   # {"response hooks": 17}

They work, and cost what they cost under stock Locust. The first of each reason is logged, and all
are counted. Thread: the session's.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from typing import Any

import requests
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema, RequestException

logger = logging.getLogger(__name__)

_counts: Counter[str] = Counter()


def counts() -> dict[str, int]:
    """How many requests took the slow road so far, by reason."""
    return dict(_counts)


def slow_road(session: Any, reason: str, method: Any, url: str, arguments: dict[str, Any]) -> Any:
    """Sends the request with `requests`; a failed one comes back with its exception in `.error`."""
    if not _counts[reason]:
        logger.info("Requests with %s go through Python's requests: they work, but cost more CPU.", reason)
    _counts[reason] += 1
    began_at, began = time.time(), time.perf_counter()
    try:
        plain = requests.Session.request(session, method, url, **arguments)
    except (MissingSchema, InvalidSchema, InvalidURL):
        raise
    except RequestException as error:
        response = session._response_class.failed(error)
    else:
        response = session._response_class.adopting(plain)
    response.slow_times = (began_at, (time.perf_counter() - began) * 1000)
    return response
