"""Where a URL leads: quoted by `requests`' rules, split for the native core.

    place = prepare_url("http://shop.test/a b", {"page": 2})
    place.target                               # "/a%20b?page=2"

Thread: any.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from requests.exceptions import InvalidSchema
from requests.models import PreparedRequest


class Place(NamedTuple):
    """Where a prepared URL leads."""

    url: str
    tls: bool
    host: str
    port: int
    target: str
    fragment: str


def place_of(url: str) -> Place:
    """Splits a prepared URL. InvalidSchema if it is neither http nor https."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https") or not parts.hostname:
        raise InvalidSchema(f"No connection adapters were found for {url!r}")
    tls = scheme == "https"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(url, tls, parts.hostname, parts.port or (443 if tls else 80), target, parts.fragment)


@lru_cache(maxsize=4096)
def prepared_place(url: str) -> Place:
    """Where this URL leads once `requests` has quoted it; raises MissingSchema, InvalidURL, InvalidSchema."""
    prepared = PreparedRequest()
    prepared.prepare_url(url, None)
    return place_of(prepared.url)


def prepare_url(url: Any, params: Any) -> Place:
    """`requests`' quoting of a URL; raises its MissingSchema, InvalidURL and InvalidSchema."""
    if not params and isinstance(url, str):
        return prepared_place(url)
    prepared = PreparedRequest()
    prepared.prepare_url(url, params)
    return place_of(prepared.url)


def parts_of(url: str) -> tuple[bool, str, int, str]:
    """(TLS, host, port, target) of a prepared URL."""
    place = place_of(url)
    return place.tls, place.host, place.port, place.target
