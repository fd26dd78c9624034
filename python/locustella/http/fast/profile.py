"""What a FastHttpUser's plain requests have in common, worked out once.

    configure(session)                         # before the next request after a change
    field_template(session, "POST", "json", lines, login)   # the fields of all its JSON posts

The core watches what that was made from, and asks again when it has changed: see
http/session/profile.py, which does the same for HttpUser. Thread: the session's.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..._core import Dialect
from ..cookies import SessionCookieJar
from ..field_templates import (
    CHUNKED,
    COOKIE,
    GIVEN,
    Row,
    body_type,
    credentials,
    fallback,
    fixed,
    host,
    length,
    names_in,
    settled,
    standard_lines,
)
from ..header_fields import field_lines
from ..patches import computed, foreign, found
from ..request_encoding import redirect_limit
from ..shared_profiles import shared_profile, shared_route
from ..urls import Place
from ..with_block import LEFT_OUT_OF_RESPONSES
from .agent import ACCEPT_ENCODING, USER_AGENT, VALID_STATUS_CODES, LocustUserAgent
from .headers import Headers
from .request import lines_of
from .urls import host_header, place_or_none

if TYPE_CHECKING:
    from ..._core import Profile
    from .session import FastHttpSession

# A session with such a default goes through Python for all requests that say more than a path.
_TAKES_THOUGHT = ("content-length", "transfer-encoding", "expect", "host", "cookie")
# Fields that are not merely put in place.
_SETTLED = ("accept-encoding", "authorization", *_TAKES_THOUGHT)

# Methods that a request goes through: one that is overridden is called, by request().
_STEPS = ("_send_request_safe_mode", "_build_url", "_finish", "_recorded", "_meta")
# Attributes that the profile is made from, or that the core reads.
_READ = frozenset({
    "base_url", "request_event", "user", "request_name", "auth_header", "insecure",
    "connection_timeout", "network_timeout", "max_redirects", "max_retries", "default_headers",
    "ssl_context_factory", "proxy", "source_ip", "client", "cookiejar",
})  # fmt: skip
_OF_AGENTS = ("urlopen", "_urlopen", "_make_request", "_verify_status", "_handle_error")
_NO_PROFILE: dict[str, Any] = {
    "tls": False, "host": "", "port": 0, "base_path": "", "fields": b"", "cookie_at": 0,
    "names_host": True, "dialect": Dialect.GEVENTHTTPCLIENT, "follow": False, "max_redirects": 0,
    "connect_s": 0.0, "read_s": 0.0,
    "route": shared_route(verify=False, ca_bundle="", certificate="", key=""),
}  # fmt: skip

# What a kind of body adds, in its order; None stands for its size, "" for its type. Without one
# here the size goes last.
_KIND_FIELDS: dict[str, tuple[tuple[str, str | None], ...]] = {
    "none": (),
    "json": (("Content-Type", "application/json"), ("Accept", "application/json")),
    "form": (
        ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
        ("content-length", None),
    ),
    "text": (("content-type", "text/plain; charset=utf-8"), ("content-length", None)),
    "bytes": (("content-type", "application/octet-stream"),),
    "typed": (),
    "multipart": (("content-type", ""), ("content-length", None)),
    "chunked": (("content-type", "application/octet-stream"),),
}
_GIVES_WAY = ("json", "chunked")  # kinds of which the caller's own type stands in the type's place

_TYPED_BY_SESSION = ("form", "bytes", "chunked")  # kinds that a session's own type is kept for

_MOST_TIMES = 1_000_000  # of retries; nobody waits for as many

_OF_BODIES = {name.lower() for added in _KIND_FIELDS.values() for name, _ in added}


def configure(session: FastHttpSession) -> None:
    """Called by the core before the next plain request after a change: sets the profile."""
    if isinstance(jar := session.__dict__.get("_jar"), SessionCookieJar):
        jar.hand_on_changes()
    headers = session._default_headers()
    profile = _profile(session, headers) if _is_plain(session, headers) else None
    session._set_profile(
        profile or shared_profile(**_NO_PROFILE),
        profile is not None,
        not _overridden(session, ("request",)),
        _watched(session),
        _dict_of_headers(session),
    )
    if isinstance(jar, SessionCookieJar):
        jar.watch_dicts()


def _watched(session: FastHttpSession) -> tuple[Any, ...]:
    """The dicts and classes that the profile is made from, but for that of the headers."""
    own = session.__dict__
    things: list[Any] = [own, type(session), session._response_class]
    agent = own.get("_agent")
    things += [LocustUserAgent] if agent is None else agent.watched()
    if isinstance(jar := own.get("_jar"), SessionCookieJar):
        things += jar.watched()
    return tuple(things)


def _dict_of_headers(session: FastHttpSession) -> dict[str, Any] | None:
    """Where the session's headers change."""
    agent = session.__dict__.get("_agent")
    headers = agent.default_headers if agent is not None else None
    return headers if isinstance(headers, dict) else None


@lru_cache(maxsize=256)
def _host_line(place: Place) -> bytes:
    return lines_of(Headers(Host=host_header(place)))


def _profile(session: FastHttpSession, headers: Headers) -> Profile | None:
    """What all plain requests have in common; None where only the full path has the words for what
    is wrong.
    """
    place = place_or_none(session.base_url)
    if place is None or "?" in place.target or place.fragment:
        return None
    try:
        before, standard = _lines_of_session(session, headers)
        said = session.auth_header
        login = lines_of(Headers(Authorization=said)) if said else b""
    except ValueError:
        return None
    host, base_path = _host_line(place), _base_path(session.base_url, place)
    return shared_profile(
        tls=place.tls, host=place.host, port=place.port,
        base_path=base_path, joins=_joins(session.base_url, base_path), fields=before + host,
        cookie_at=len(before), names_host=True, dialect=session._dialect,
        follow=session._follows(session.max_redirects),
        max_redirects=redirect_limit(int(session.max_redirects)),
        connect_s=float(session._setting("connection_timeout")),
        read_s=float(session._setting("network_timeout")), route=session._route(), repeats=True,
        standard=standard, credentials=login,
        max_retries=min(session.max_retries, _MOST_TIMES),
    )  # fmt: skip


def _lines_of_session(session: FastHttpSession, headers: Headers) -> tuple[bytes, bytes]:
    """The fields of a plain request but for its Host, and those of them that are defaults."""
    said, given = tuple(headers.items()), tuple(session._given_headers().items())
    if all(type(value) is str for _, value in (*said, *given)):
        return _lines_of(said, given)
    return _lines_of.__wrapped__(said, given)  # 1 is 1.0, and another text


@lru_cache(maxsize=64)
def _lines_of(
    said: tuple[tuple[str, Any], ...], given: tuple[tuple[str, Any], ...]
) -> tuple[bytes, bytes]:
    headers = Headers(said)
    standard = lines_of(headers)
    headers.update(given)
    return lines_of(headers), standard


def _base_path(base_url: Any, place: Place) -> str:
    """What goes before every path; one that ends in a slash has the core spell the whole URL."""
    return place.target if place.target != "/" or str(base_url).endswith("/") else ""


def _joins(base_url: Any, base_path: str) -> bool:
    """Whether two slashes may come together, or Host shows another name than is looked up."""
    return base_path.endswith("/") or not str(base_url).isascii()


def _is_plain(session: FastHttpSession, headers: Headers) -> bool:
    """Whether a request is the profile and a path."""
    if found().fast_transport:
        return False
    codes = session._codes("valid_response_codes"), session._codes("redirect_response_codes")
    settled_codes = all(type(one) is frozenset for one in codes)  # nobody adds to them unseen
    odd = any(name in headers for name in ("host", "cookie", "transfer-encoding", "content-length"))
    plain_values = all(type(value) in (str, int, float) for _, value in headers.items())
    overridden = _overridden(session, _STEPS) or _computed_attribute(type(session)) is not None
    judged = foreign(session._response_class, LEFT_OUT_OF_RESPONSES)
    return (
        settled_codes
        and codes[0] == VALID_STATUS_CODES
        and plain_values
        and not (
            odd
            or overridden
            or judged
            or not _is_number_of_times(session.max_retries)
            or has_other_agent(session)
        )
    )


def _overridden(session: FastHttpSession, names: tuple[str, ...]) -> bool:
    own = session.__dict__
    return foreign(type(session), names) is not None or any(name in own for name in names)


def _is_number_of_times(retries: Any) -> bool:
    """Below 0 nothing is sent at all."""
    return isinstance(retries, int) and retries >= 0


def _computed_attribute(cls: type) -> str | None:
    """One that may say something else at every request."""
    from .session import FastHttpSession

    return computed(cls, FastHttpSession, _READ)


def has_other_agent(session: FastHttpSession) -> bool:
    """Whether somebody has put an agent of their own there, or changed what ours does."""
    agent = session.__dict__.get("_agent")
    if agent is None:
        return bool(foreign(LocustUserAgent, _OF_AGENTS))
    return bool(foreign(type(agent), _OF_AGENTS)) or any(name in vars(agent) for name in _OF_AGENTS)


def field_template(
    session: FastHttpSession, method: str, kind: str, lines: bytes, login: bytes
) -> list[Row] | None:
    """Called by the core, once for each kind of request: its fields. See field_templates.py."""
    place = place_or_none(session.base_url)
    names = names_in(lines)
    if kind not in _KIND_FIELDS:
        return None
    added = dict(_KIND_FIELDS[kind]) if kind == "json" else {}
    added["Accept-Encoding"] = ACCEPT_ENCODING
    if place is None or not _can_be_put(names, kind, lines, login):
        return None
    rows = [settled(name) for name in (*_SETTLED, *_OF_BODIES)]
    rows += [fallback("User-Agent", USER_AGENT), *standard_lines(_with(added, lines)), GIVEN]
    rows.append(credentials(login))
    rows.append(fallback("Accept-Encoding", ACCEPT_ENCODING))
    for name, value in _KIND_FIELDS[kind]:
        if kind in _TYPED_BY_SESSION and name in names:
            continue
        if value == "":
            rows.append(body_type(name))
        elif value is None:
            rows.append(length(name))
        else:
            rows.append((fallback if kind in _GIVES_WAY else fixed)(name, value))
    rows += [COOKIE, host(host_header(place))]
    has_length = any(value is None for _, value in _KIND_FIELDS[kind])
    if kind == "chunked":
        rows.append(CHUNKED)
    elif not has_length and (kind != "none" or method in ("POST", "PUT", "PATCH")):
        rows.append(length())
    return rows


def _can_be_put(names: frozenset[str], kind: str, lines: bytes, login: bytes) -> bool:
    """Whether the fields of a request are these lines with others in their places, or behind."""
    if any(name in names for name in _TAKES_THOUGHT) or (login and "authorization" in names):
        return False
    if "content-type" not in names:
        return True
    # of text it changes what the request shows; an empty one is none
    typed = b"content-type: \r\n" not in lines.lower()
    return kind in ("none", "json", "typed") or (kind in _TYPED_BY_SESSION and typed)


def _with(added: dict[str, Any], lines: bytes) -> bytes:
    """The lines with those that a request adds in the places of the session's own."""
    in_place = {name.lower(): field_lines([(name, value)]) for name, value in added.items()}
    return b"".join(
        in_place.get(line.partition(b":")[0].decode("ascii").lower(), line)
        for line in lines.splitlines(keepends=True)
    )
