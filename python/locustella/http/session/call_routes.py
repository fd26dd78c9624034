"""By which connections a session's requests go: what `verify`, `cert` and proxies come to.

    route = route_of(session, place, arguments)            # of one request, on the full path
    route, named, login = routes_of_call(session, ...)     # of all that say the same, for the core
    # ... and lead to the same place, where the environment names proxies; `ask` is asked the same
    # of redirects
    route, named, login, ask = routes_in_environment(session, ...)

Thread: the session's.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from requests.models import PreparedRequest
from requests.sessions import merge_setting
from requests.utils import get_environ_proxies, getproxies, resolve_proxies

from ..tls import check_files, warn_of_no_verification
from ..urls import Place, environment_has_proxies, login_of_redirects, proxy_for, proxy_url

if TYPE_CHECKING:
    from ..._core import Route
    from .session import NativeSession


def may_have_proxies(session: NativeSession, arguments: dict[str, Any]) -> bool:
    named = arguments.get("proxies") or session.__dict__.get("proxies")
    return bool(named) or (session.trust_env and environment_has_proxies())


def route_of(session: NativeSession, place: Place, arguments: dict[str, Any]) -> Route | None:
    """None for a proxy that is spoken to over TLS, or of SOCKS4, or no URL at all."""
    proxy = None
    try:
        if may_have_proxies(session, arguments):
            proxy = proxy_for(
                place.url, arguments.get("proxies"), session.__dict__.get("proxies", {}),
                session.trust_env,
            )  # fmt: skip
        return session._route(*session._verify_and_cert(arguments), proxy)
    except ValueError:
        return None


def routes_of_call(
    session: NativeSession, tls: bool, host: str, verify: Any, cert: Any, proxies: dict[str, str]
) -> tuple[Route, list[tuple[str, Route | None]], str]:
    """The route without a proxy, those of the proxies that are named (None: the core does not speak
    to it), and the field that a redirected request gets. See bindings/route/call_route.hpp.
    """
    verify, cert = session._verify_and_cert({"verify": verify, "cert": cert})
    check_files(tls, verify, cert)
    if tls and not verify:
        warn_of_no_verification(host)
    named = [(key, _route_by(session, verify, cert, proxy)) for key, proxy in proxies.items()]
    return session._route(verify, cert), named, login_of_redirects(proxies.get("http"))


class Choice(NamedTuple):
    """What the core chooses by; `ask`: with the URL of a redirect, for the next one."""

    route: Route
    named: list[tuple[str, Route | None]]
    login: str
    ask: _Redirects


class _Redirects:
    """`requests`' rebuild_proxies(): the environment is looked at once more for each redirect. Its
    session, which the core keeps this with, is held weakly. What this raises fails the request.
    """

    def __init__(
        self, session: NativeSession, verify: Any, cert: Any, proxies: dict[str, str]
    ) -> None:
        self._session = weakref.ref(session)
        self._verify, self._cert, self._proxies = verify, cert, proxies

    def __call__(self, url: str) -> Choice:
        session = self._session()
        if session is None:
            raise ReferenceError("the session has gone")
        request = PreparedRequest()
        request.url = url
        proxies = resolve_proxies(request, self._proxies, session.trust_env)
        return _choice(session, self._verify, self._cert, proxies)


_NAMING = ("http", "https", "all")  # others are nobody's proxies


def routes_in_environment(
    session: NativeSession, tls: bool, url: str, verify: Any, cert: Any, of_call: Any,
    of_session: Any,
) -> Choice | None:  # fmt: skip
    """None where the environment has a proxy that the core does not speak to, or none."""
    verify, cert = session._verify_and_cert({"verify": verify, "cert": cert})
    check_files(tls, verify, cert)
    if tls and not verify:
        warn_of_no_verification(urlsplit(url).hostname or "")
    wanted = dict(of_call or {})
    for key, value in get_environ_proxies(url, no_proxy=wanted.get("no_proxy")).items():
        wanted.setdefault(key, value)
    everywhere = getproxies()
    for key in _NAMING:
        proxy = everywhere.get(key)
        if proxy and _route_by(session, verify, cert, proxy) is None:
            return None
    login_of_redirects(everywhere.get("http"))  # raises for one that cannot be sent
    return _choice(session, verify, cert, merge_setting(wanted, of_session or {}))


def _choice(session: NativeSession, verify: Any, cert: Any, proxies: Any) -> Choice:
    named = [
        (key, _route_by(session, verify, cert, proxy))
        for key, proxy in proxies.items()
        if key.partition("://")[0] in _NAMING
    ]
    redirects = _Redirects(session, verify, cert, proxies)
    return Choice(
        session._route(verify, cert), named, login_of_redirects(proxies.get("http")), redirects
    )


def _route_by(session: NativeSession, verify: Any, cert: Any, proxy: str) -> Route | None:
    try:
        return session._route(verify, cert, proxy_url(proxy) if proxy else None)
    except ValueError:
        return None
