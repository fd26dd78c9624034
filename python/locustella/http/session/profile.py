"""What the plain way works from: a session's settings, worked out once and shared by all that have the same.

    configure(session)                         # before the next request after a change
    field_template(session, "POST", "json")    # the fields of all its JSON posts

It also knows which sessions may take that way: those about which Python has nothing to say at each
request. Thread: the session's.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from requests import sessions
from requests.exceptions import InvalidHeader, RequestException

from ..._core import Dialect
from ..field_templates import COOKIE, GIVEN, Row, fallback, fixed, length, standard
from ..header_fields import field_lines
from ..request_encoding import ACCEPT_ENCODING, USER_AGENT, header_lines
from ..shared_profiles import shared_profile
from ..tls import check_files, warn_of_no_verification
from ..urls import Place, environment_has_netrc, environment_has_proxies, prepared_place
from .attributes import is_own

# The methods that `requests`' session code asks: one that is overridden has to be called.
STEPS = (
    "send", "prepare_request", "resolve_redirects", "rebuild_auth", "rebuild_method", "rebuild_proxies",
    "get_redirect_target", "should_strip_auth", "merge_environment_settings", "get_adapter",
)  # fmt: skip

_VERBS = ("request", "get", "post", "put", "patch", "delete", "head", "options", "_build_url")

# What a session has only once somebody touches it. In-place changes of these cannot be noticed, so
# a session that has one takes no shortcut past them.
_EXPOSED = ("params", "hooks", "proxies")

# Fields that say how the body is framed: a session that has one of its own takes no shortcut.
_FRAMING = ("content-length", "transfer-encoding", "expect")

_CONTENT_TYPES = {"json": "application/json", "form": "application/x-www-form-urlencoded"}


def configure(session: Any) -> None:
    """Sets the session's profile."""
    place = _base_place(session.base_url)
    auth = session._native_auth(session.auth, None)
    plain = place is not None and auth is not None and _is_plain(session, place)
    if plain and place is not None and place.tls:
        check_files(True, session.verify, session.cert)
        if not session.verify:
            warn_of_no_verification(place.host)
    headers = session._merged_headers(None, check=False)
    fields, _ = header_lines("GET", headers, b"", len(headers))
    behind = field_lines([("Authorization", auth)]) if auth else b""
    profile = shared_profile(
        tls=place.tls if place else False, host=place.host if place else "", port=place.port if place else 0,
        base_path=place.target if place and urlsplit(session.base_url).path else "",
        fields=fields + behind, cookie_at=len(fields), names_host=False,
        dialect=Dialect.REQUESTS, follow=True, max_redirects=session.max_redirects,
        connect_s=0.0, read_s=0.0, route=session._route(session.verify, session.cert), names_whole_path=True,
    )  # fmt: skip
    session._set_profile(profile, plain)


def field_template(session: Any, method: str, kind: str) -> list[Row] | None:
    """The fields of requests of this kind, for the core to fill in. See field_templates.py."""
    headers = session._merged_headers(None)
    if any(name in headers for name in _FRAMING):
        return None
    added = [fallback(*field) for field in (ACCEPT_ENCODING, USER_AGENT) if field[0] not in headers]
    rows = [*added, *standard(headers.items()), GIVEN, COOKIE]
    if kind != "none" or method not in ("GET", "HEAD"):
        rows.append(length())
    content_type = _CONTENT_TYPES.get(kind)
    if content_type and "content-type" not in headers:
        rows.append(fallback("Content-Type", content_type))
    if auth := session._native_auth(session.auth, None):
        if "authorization" in headers:
            return None
        rows.append(fixed("Authorization", auth))
    return rows


def overridden_step(session: Any) -> str | None:
    """The first step of `requests`' session code that somebody has changed, in a class or on the session."""
    step = _overridden(type(session), STEPS)
    return step or next((name for name in STEPS if name in session.__dict__), None)


@lru_cache(maxsize=64)
def _overridden(cls: type, names: tuple[str, ...]) -> str | None:
    ours = next(c for c in cls.__mro__ if c.__module__.split(".")[0] == "locustella")
    return next((name for name in names if getattr(cls, name) is not getattr(ours, name)), None)


def _base_place(base_url: Any) -> Place | None:
    try:
        place = prepared_place(base_url)
    except (RequestException, ValueError):
        return None
    return None if place.fragment or "?" in place.target else place


def _is_plain(session: Any, place: Place) -> bool:
    """Whether nothing about this session needs Python at every request."""
    own = session.__dict__
    if any(name in own for name in _EXPOSED) or session.stream or session._has_foreign_jar():
        return False
    if not all(is_own(adapter, session) for adapter in own.get("adapters", {}).values()):
        return False
    if (headers := own.get("headers")) is not None:
        if "host" in headers or "cookie" in headers or ("authorization" in headers and session.auth):
            return False
        try:
            headers.check()
        except InvalidHeader:
            return False
    if "@" in place.url or "request" in own or overridden_step(session) or _overridden(type(session), _VERBS):
        return False
    return not (session.trust_env and _environment_matters(place))


def _environment_matters(place: Place) -> bool:
    """Whether proxies, .netrc or a CA bundle of the environment concern these requests or their redirects."""
    if place.tls and (os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")):
        return True
    return environment_has_proxies() or environment_has_netrc() or bool(sessions.get_netrc_auth(place.url))
