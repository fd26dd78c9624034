"""The requests of the differential tests: what to send, and what the server answers.

    for scenario in scenarios("http"):          # or "fast"
        scenario["category"], scenario["settings"], [step["method"] for step in scenario["steps"]]

A scenario is one session's life: a dict of plain values, so that it can be pickled into another
interpreter (driver.py knows how to read one). The generator is seeded: everybody's requests are the
same. Each category is a function in a module beside this one, and becomes one pytest test.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from typing import Any

from support.recording_server import Answer

from . import (
    body_cases,
    cookie_cases,
    form_cases,
    keyword_cases,
    redirect_cases,
    response_cases,
    route_cases,
    upload_cases,
    url_cases,
)

SEED = os.environ.get("DIFFERENTIAL_SEED", "2047")
TOTAL = int(os.environ.get("DIFFERENTIAL_TOTAL", "20000"))
"""Requests for each client, redirects not counted."""

CATEGORIES = {
    "methods": (url_cases.methods, 100),
    "paths": (url_cases.paths, 250),
    "hosts": (url_cases.hosts, 200),
    "params": (url_cases.params, 150),
    "headers": (url_cases.headers, 200),
    "auth": (url_cases.auth, 80),
    "bodies": (body_cases.bodies, 250),
    "files": (body_cases.files, 80),
    "file_bodies": (upload_cases.file_bodies, 120),
    "host_fields": (upload_cases.host_fields, 150),
    "cookies": (cookie_cases.cookies, 270),
    "cookies_of_calls": (form_cases.cookies_of_calls, 150),
    "changed_sessions": (form_cases.changed_sessions, 200),
    "keywords": (keyword_cases.keywords, 300),
    "elsewhere": (keyword_cases.elsewhere, 150),
    "redirects": (redirect_cases.redirects, 330),
    "routes": (route_cases.routes, 150),
    "environment": (route_cases.environment, 200),
    "statuses": (response_cases.statuses, 70),
    "codings": (response_cases.codings, 70),
    "charsets": (response_cases.charsets, 60),
    "framing": (response_cases.framing, 50),
    "streams": (response_cases.streams, 40),
}
_SHARES = sum(share for _, share in CATEGORIES.values())


def scenarios(kind: str) -> Iterator[dict[str, Any]]:
    """All scenarios of a client: "http" is HttpSession, "fast" FastHttpSession."""
    shares = before = 0
    for category, (make, share) in CATEGORIES.items():
        rng = random.Random(f"{SEED} {kind} {category}")
        shares += share
        made, requests = 0, shares * TOTAL // _SHARES - before
        before += requests
        while made < requests:
            scenario = make(rng, kind)
            scenario["steps"] = scenario["steps"][: requests - made]
            made += len(scenario["steps"])
            yield {"category": category, **scenario}




def of_step(step: dict[str, Any]) -> list[Answer]:
    """The answers to a step and to the redirects behind it."""
    return step["answers"]
