"""Where FastHttpUser's URLs lead: geventhttpclient's rules, which are not those of `requests`.

    place_of_url("http://shop.test/a b?c", {"d": 1})    # a Place; its target is "/a%20b?c&d=1"
    redirected_as_geventhttpclient("http://shop.test/a/b", "../c")      # "http://shop.test/c"

Thread: any.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from urllib.parse import ParseResult, urlencode, urlparse

from requests.utils import requote_uri, to_key_val_list

from ..urls import Place

_NO_NAME = re.compile(r"[\x01-\x20\x7f]")  # no host has such a letter; NUL is refused


def place_of_url(url: str, params: Any = None) -> Place:
    """Where to connect, and what to ask for; the host is "" in a URL that leads nowhere. ValueError
    where geventhttpclient raises one.
    """
    if params is None:
        return _place_of_bare_url(url)
    parts = urlparse(url)
    added: Any = params if isinstance(params, str | bytes) else _encoded(params)
    return _place(url, parts._replace(query=f"{parts.query}&{added}" if parts.query else added))


@lru_cache(maxsize=4096)
def _place_of_bare_url(url: str) -> Place:
    return _place(url, urlparse(url))


def _place(url: str, parts: ParseResult) -> Place:
    tls = parts.scheme == "https"
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or _NO_NAME.search(host):
        host = ""  # which no name server knows: the request fails, as geventhttpclient's does
    if not host.isascii():
        host = _as_looked_up(host)
    port = parts.port
    path = f"{parts.path};{parts.params}" if parts.params else parts.path
    target = requote_uri(f"{path}?{parts.query}" if parts.query else path)
    if target.startswith("//"):
        raise ValueError(
            f"invalid request URI {target!r}: protocol-relative targets are not origin-form"
        )
    if not target.startswith("/"):
        target = "/" + target
    return Place(url, tls, host, port or (443 if tls else 80), target, parts.fragment)


def _as_looked_up(host: str) -> str:
    """A name as Python's getaddrinfo() asks for it; as it is where that has no form for it, which
    fails too.
    """
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def spelled_host(host: str) -> tuple[str, bytes] | None:
    """How geventhttpclient takes a host that is neither a plain name nor an address: where it
    connects, and what the Host field says; None for what is no host to it, or no field.
    """
    try:
        place = _place_of_bare_url(f"http://{host}/")
        return (place.host, host_header(place).encode("latin1")) if place.host else None
    except ValueError:
        return None


def _encoded(params: Any) -> str:
    pairs = []
    for name, values in to_key_val_list(params):
        single = isinstance(values, str | bytes) or not hasattr(values, "__iter__")
        pairs += [(name, value) for value in ([values] if single else values) if value is not None]
    return urlencode(pairs, doseq=True)


def redirected_as_geventhttpclient(url: str, location: str) -> str:
    """Where a Location leads, spelled as geventhttpclient spells it: not quoted, with no fragment
    but its own.
    """
    base, to = urlparse(url), urlparse(location)
    if to.scheme:
        return _resolved(to)
    if to.netloc:
        return _resolved(to._replace(scheme=base.scheme))
    path, params, query = to.path, to.params, to.query
    if not path and not params:
        path, params, query = base.path, base.params, query or base.query
    elif not path.startswith("/"):
        path = base.path[: base.path.rfind("/") + 1] + path if base.path else "/" + path
    return _resolved(ParseResult(base.scheme, base.netloc, path, params, query, to.fragment))


def _resolved(parts: ParseResult) -> str:
    return parts._replace(path=without_dot_segments(parts.path)).geturl()


def without_dot_segments(path: str) -> str:
    """RFC 3986, section 5.2.4, for a path that begins with a slash or is empty."""
    if not path.startswith("/"):
        return path
    kept: list[str] = []
    segments = path[1:].split("/")
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def place_or_none(url: Any) -> Place | None:
    """None for a URL that leads nowhere."""
    try:
        place = place_of_url(url or "")
    except ValueError:
        return None
    return place if place.host else None


def host_header(place: Place) -> str:
    """The Host field as geventhttpclient has it."""
    # without an address's zone; a name of IDNA as it was given
    host = f"[{place.host.partition('%')[0]}]" if ":" in place.host else place.host
    if not place.url.isascii() and ":" not in host:
        host = urlparse(place.url).hostname or host
    return host if place.port in (80, 443) else f"{host}:{place.port}"
