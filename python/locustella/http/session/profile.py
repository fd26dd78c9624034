"""What the plain path works from: a session's settings, worked out once and shared by all that have
the same.

    configure(session)                         # before the next request after a change
    field_template("POST", "json", lines, login)       # the fields of all its JSON posts

It also knows which sessions may take that path: those about which Python has nothing to say at each
request. The core watches what that was judged by, and asks again when it has changed (watched());
a setting that could change without being seen, such as a list, keeps its session off the plain
path.

Thread: the session's.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from requests import sessions
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth
from requests.exceptions import InvalidHeader, RequestException
from requests.structures import CaseInsensitiveDict
from requests.utils import check_header_validity, to_native_string

from ..._core import Dialect, is_plain_host, watch_file
from ..cookies import SessionCookieJar
from ..field_templates import (
    CHUNKED,
    COOKIE,
    GIVEN,
    Row,
    body_type,
    credentials,
    fallback,
    length,
    names_in,
    settled,
    standard_lines,
)
from ..header_fields import field_lines
from ..patches import foreign, found
from ..request_encoding import (
    ACCEPT_ENCODING,
    USER_AGENT,
    header_lines,
    is_redirect_limit,
    redirect_limit,
)
from ..shared_profiles import shared_profile, shared_route
from ..tls import check_files, warn_of_no_verification
from ..urls import (
    Place,
    environment_has_netrc,
    environment_has_proxies,
    netrc_files,
    prepared_place,
)
from ..with_block import LEFT_OUT_OF_RESPONSES
from .credentials import native_auth
from .own_attributes import computed_attribute, settle

if TYPE_CHECKING:
    from ..._core import Profile
    from .session import NativeSession

# The methods that `requests`' session code asks: one that is overridden has to be called.
STEPS = (
    "send", "prepare_request", "resolve_redirects", "rebuild_auth", "rebuild_method",
    "rebuild_proxies", "get_redirect_target", "should_strip_auth", "merge_environment_settings",
    "get_adapter",
)  # fmt: skip

# ... and those of ours that each request goes through: an overridden one is called, by request().
# request() is not among them: the verbs call an overridden one, and behind it the shortcut may
# still be taken.
_OUR_STEPS = (
    "_send_request_safe_mode",
    "_build_url",
    "_exchange",
    "_finish",
    "_recorded",
    "_meta",
)

# What a session has only once somebody touches it. Their values may be anything, so a session that
# has one takes no shortcut past them.
_EXPOSED = ("hooks",)

# Fields that say how the body is framed: a session that has one of its own takes no shortcut.
_FRAMING = ("content-length", "transfer-encoding", "expect")

_CONTENT_TYPES = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "nothing_in_chunks": "application/x-www-form-urlencoded",
}

# Fields that the core does not only put in place: a session that gets one has new templates made.
_SETTLED = ("host", "cookie")


def configure(session: NativeSession) -> None:
    """Sets the session's profile."""
    settle(session)
    if isinstance(jar := session.__dict__.get("cookies"), SessionCookieJar):
        jar.hand_on_changes()
    place = _base_place(session.base_url)
    try:
        plain = place is not None and _is_plain(session, place)
        profile = _profile(session, place) if plain and place is not None else None
    except (OSError, ValueError):  # raised once more by a request that needs what is wrong
        profile = None
    in_environment = bool(session.trust_env) and environment_has_proxies()
    proxies = session.__dict__.get("proxies")
    session._set_profile(
        profile or shared_profile(**_NOWHERE),
        profile is not None,
        not _overridden(session, ("request",)),
        watched(session),
        _dict_of_headers(session),
        session.__dict__.get("params"),
        {} if in_environment and proxies is None else proxies,
        in_environment,
    )
    if isinstance(jar, SessionCookieJar):
        jar.watch_dicts()


def _profile(session: NativeSession, place: Place) -> Profile:
    verify, cert = session._verify_and_cert({})  # redirects go by it too, wherever they lead
    check_files(place.tls, verify, cert)
    if place.tls and not verify:
        warn_of_no_verification(place.host)
    fields, standard = _lines_of(tuple(session._merged_headers(None, check=False).items()))
    auth = native_auth(session.auth, None)
    behind = field_lines([("Authorization", auth)]) if auth else b""
    return shared_profile(
        tls=place.tls, host=place.host, port=place.port,
        base_path=place.target if urlsplit(session.base_url).path else "",
        joins=_is_spelled_anew(session.base_url, place),
        fields=fields + behind, cookie_at=len(fields), names_host=False,
        dialect=session._dialect, follow=True, max_redirects=redirect_limit(session.max_redirects),
        connect_s=0.0, read_s=0.0, route=session._route(verify, cert),
        standard=standard, credentials=behind,
    )  # fmt: skip


@lru_cache(maxsize=64)
def _lines_of(headers: tuple[tuple[str, Any], ...]) -> tuple[bytes, bytes]:
    """The fields of a plain request, and those of them that the session says; sessions of a class
    say the same.
    """
    merged = CaseInsensitiveDict(headers)
    return header_lines("GET", merged, None, len(merged))[0], field_lines(headers)


# Of a session that takes no shortcut.
_NOWHERE: dict[str, Any] = {
    "tls": False, "host": "", "port": 0, "base_path": "", "fields": b"", "cookie_at": 0,
    "names_host": False, "dialect": Dialect.REQUESTS, "follow": False, "max_redirects": 0,
    "connect_s": 0.0, "read_s": 0.0,
    "route": shared_route(verify=False, ca_bundle="", certificate="", key=""),
}  # fmt: skip


def watched(session: NativeSession) -> tuple[Any, ...]:
    """The dicts and classes that the profile was made from, but for that of the headers."""
    own = session.__dict__
    things: list[Any] = [own, type(session), session._response_class]
    headers, jar = own.get("headers"), own.get("cookies")
    if isinstance(headers, CaseInsensitiveDict):
        things.append(vars(headers))
    if isinstance(jar, SessionCookieJar):
        things += jar.watched()
    if type(session.auth) is HTTPBasicAuth:
        things.append(vars(session.auth))
    if (adapters := own.get("adapters")) is not None:
        things.append(adapters)
        for adapter in adapters.values():
            things += [vars(adapter), type(adapter)]
            if hasattr(adapter, "max_retries"):
                things.append(vars(adapter.max_retries))
            if type(adapter) is HTTPAdapter:  # its pools, and what may come into them
                pools = adapter.poolmanager
                things += [vars(pools), pools.connection_pool_kw, adapter.proxy_manager]
    if session.trust_env:
        things.append(os.environ._data)  # type: ignore[attr-defined]  # CPython's
    return tuple(things)


def _dict_of_headers(session: NativeSession) -> dict[str, Any] | None:
    """Where the session's headers change."""
    headers = session.__dict__.get("headers")
    if isinstance(headers, CaseInsensitiveDict):
        return headers._store
    return headers if isinstance(headers, dict) else None


def field_template(method: str, kind: str, lines: bytes, login: bytes) -> list[Row] | None:
    """The fields of requests of this kind, for the core to fill in. See field_templates.py."""
    names = names_in(lines)
    if any(name in names for name in _FRAMING) or (login and "authorization" in names):
        return None
    rows = [settled(name) for name in _SETTLED]
    # urllib3's own go first
    rows += [fallback(*ACCEPT_ENCODING), *([CHUNKED] if kind == "nothing_in_chunks" else [])]
    rows += [fallback(*USER_AGENT), *standard_lines(lines), GIVEN, COOKIE]
    if kind == "chunked":
        rows.append(CHUNKED)
    elif kind != "nothing_in_chunks" and (kind != "none" or method not in ("GET", "HEAD")):
        rows.append(length())
    if content_type := _CONTENT_TYPES.get(kind):
        rows.append(fallback("Content-Type", content_type))
    if kind == "multipart":
        rows.append(body_type())
    return [*rows, credentials(login)]


def overridden_step(session: NativeSession) -> str | None:
    """The first step of `requests`' session code that somebody has changed, in a class or on the
    session.
    """
    return _overridden(session, STEPS)


def _overridden(session: NativeSession, names: tuple[str, ...]) -> str | None:
    own = session.__dict__
    return foreign(type(session), names) or next((name for name in names if name in own), None)


def _is_spelled_anew(base_url: Any, place: Place) -> bool:
    """Whether a URL is not just a path behind the base: `requests` spells that otherwise (IDNA,
    capitals), or makes a login of it.
    """
    return "@" in place.url or place.url not in (base_url, f"{base_url}/")


def _base_place(base_url: Any) -> Place | None:
    try:
        place = prepared_place(base_url)
    except (RequestException, ValueError):
        return None
    return None if place.fragment or "?" in place.target else place


def _is_plain(session: NativeSession, place: Place) -> bool:
    """Whether nothing about this session needs Python at every request."""
    own = session.__dict__
    if computed_attribute(type(session)) or not is_redirect_limit(session.max_redirects):
        return False
    if not _have_plain_values(session) or native_auth(session.auth, None) is None:
        return False
    # the core reads them at each request
    if any(type(own.get(name, {})) is not dict for name in ("params", "proxies")):
        return False
    if any(name in own for name in _EXPOSED):
        return False
    if session.stream or session._has_foreign_jar():
        return False
    if not session._has_only_own_adapters():
        return False
    if found().session or found().transport or found().wire_log:
        return False
    if (headers := own.get("headers")) is not None:
        if not is_watchable_headers(headers):
            return False
        merged = session._merged_headers(None, check=False)
        if not is_plain_host(to_native_string(merged.get("host", ""))):
            return False
        if "authorization" in merged and session.auth:
            return False
        try:
            check_headers(headers)
        except InvalidHeader:
            return False
    if _overridden(session, (*STEPS, *_OUR_STEPS)):
        return False
    if foreign(session._response_class, LEFT_OUT_OF_RESPONSES):
        return False
    return not (session.trust_env and _environment_matters(place))


def _have_plain_values(session: NativeSession) -> bool:
    """Whether verify, cert and auth are such that a change of them is an assignment."""
    cert, auth = session.cert, session.auth
    parts = [
        session.verify,
        *(cert if type(cert) is tuple else (cert,)),
        *(auth if type(auth) is tuple else ()),
    ]
    return all(type(part) in (bool, str, bytes, type(None)) for part in parts) and (
        not auth or type(auth) in (tuple, HTTPBasicAuth)
    )


def is_watchable_headers(headers: Any) -> bool:
    """Whether a change of these headers is a change of a dict that the core can watch."""
    if type(headers) not in (dict, CaseInsensitiveDict):
        return False
    return all(
        type(name) is str and type(value) in (str, bytes, type(None))
        for name, value in headers.items()
    )


@lru_cache(maxsize=1024)
def _checked(field: tuple[str, Any]) -> None:
    check_header_validity(field)


def check_headers(headers: Any) -> None:
    """InvalidHeader for a field that cannot be sent."""
    for name, value in headers.items():
        if value is not None:
            if type(name) is str and type(value) in (str, bytes):
                _checked((name, value))
            else:
                check_header_validity((name, value))


def _environment_matters(place: Place) -> bool:
    """Whether a .netrc of the environment concerns these requests or their redirects."""
    for file in netrc_files():
        watch_file(file)
    if environment_has_netrc():
        return True
    replaced = sessions.get_netrc_auth is not _GET_NETRC_AUTH
    return replaced and bool(sessions.get_netrc_auth(place.url))


_GET_NETRC_AUTH = sessions.get_netrc_auth  # of no files it makes nothing
