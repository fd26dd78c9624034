"""By which connections a session's requests go: what `verify`, `cert` and proxies come to.

    route = route_of(session, place, arguments)            # of one request, on the full path
    route, named, login = routes_of_call(session, ...)     # of all that say the same, for the core

Thread: the session's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    to it), and the field that a redirected request gets. See bindings/call/call_route.hpp.
    """
    verify, cert = session._verify_and_cert({"verify": verify, "cert": cert})
    check_files(tls, verify, cert)
    if tls and not verify:
        warn_of_no_verification(host)
    named = [(key, _route_by(session, verify, cert, proxy)) for key, proxy in proxies.items()]
    return session._route(verify, cert), named, login_of_redirects(proxies.get("http"))


def _route_by(session: NativeSession, verify: Any, cert: Any, proxy: str) -> Route | None:
    try:
        return session._route(verify, cert, proxy_url(proxy) if proxy else None)
    except ValueError:
        return None
