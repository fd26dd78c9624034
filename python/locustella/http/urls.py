"""Where a URL leads: quoted by `requests`' rules, split for the native core.

    place = prepare_url("http://shop.test/a b", {"page": 2})
    place.target                               # "/a%20b?page=2"
    # "http://proxy.test:3128"
    proxy_for(place.url, {"http": "proxy.test:3128"}, {}, trust_env=False)

Thread: any.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from requests.auth import _basic_auth_str
from requests.exceptions import InvalidSchema, RequestException
from requests.models import PreparedRequest
from requests.sessions import merge_setting
from requests.utils import (
    get_auth_from_url,
    get_environ_proxies,
    prepend_scheme_if_needed,
    requote_uri,
    select_proxy,
)
from urllib3.util.url import _encode_target


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
    if "%" in target:
        # as urllib3 does to every request: sound escapes in upper case, others escaped
        target = _encode_target(target)
    return Place(
        url, tls, parts.hostname, parts.port or (443 if tls else 80), target, parts.fragment
    )


@lru_cache(maxsize=4096)
def prepared_place(url: str) -> Place:
    """Where this URL leads once `requests` has quoted it; raises MissingSchema, InvalidURL,
    InvalidSchema.
    """
    prepared = PreparedRequest()
    prepared.prepare_url(url, None)
    return place_of(str(prepared.url))


def prepare_url(url: Any, params: Any) -> Place:
    """`requests`' quoting of a URL; raises its MissingSchema, InvalidURL and InvalidSchema."""
    if not params and isinstance(url, str):
        return prepared_place(url)
    prepared = PreparedRequest()
    prepared.prepare_url(url, params)
    return place_of(str(prepared.url))


def spelled_host(host: str) -> tuple[str, bytes] | None:
    """How `requests` spells a host that is neither a plain name nor an address: where it connects,
    and what its URLs show; None for what is no host to it.
    """
    try:
        place = prepared_place(f"http://{host}/")
    except (RequestException, ValueError):
        return None
    return place.host, urlsplit(place.url).netloc.encode("ascii")


def proxy_for(url: str, proxies: Any, of_session: Any, trust_env: bool) -> str | None:
    """The proxy that a request to this prepared URL goes through, as a URL with its scheme.

    `proxies` are the request's, by scheme ("http"), scheme and host ("http://shop.test"), "all" or
    "all://shop.test"; `trust_env` lets the environment's and its no_proxy speak.
    """
    wanted = dict(proxies or {})
    if trust_env:
        for key, value in get_environ_proxies(url, no_proxy=wanted.get("no_proxy")).items():
            wanted.setdefault(key, value)
    proxy = select_proxy(url, merge_setting(wanted, of_session))
    return proxy_url(proxy) if proxy else None


@lru_cache(maxsize=256)
def proxy_url(proxy: str) -> str:
    """A proxy as the core takes it, with a scheme, and with a login as `requests` sends it: none
    without a password, and in Latin-1 to an HTTP proxy. ValueError for what is no URL, or beyond.
    """
    url = prepend_scheme_if_needed(proxy, "http")
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url
    place = parts.netloc.rpartition("@")[2]
    user, password = get_auth_from_url(url)
    if user and not url.lower().startswith("socks"):
        login = [quote(text.encode("latin1"), safe="") for text in (user, password)]
        place = f"{login[0]}:{login[1]}@{place}"
    elif user:
        return url
    return urlunsplit(parts._replace(netloc=place))


def login_of_redirects(proxy: str | None) -> str:
    """The line that `requests` adds to a redirected request in the clear for the proxy that is
    named under "http", whichever proxy it goes through; "" for none. ValueError beyond Latin-1.
    """
    user, password = get_auth_from_url(proxy) if proxy else ("", "")
    return (
        f"Proxy-Authorization: {_basic_auth_str(user, password)}\r\n" if user and password else ""
    )


def environment_has_proxies() -> bool:
    """Whether the environment names any proxy at all, in whatever letters: Https_Proxy too."""
    variables = os.environ._data  # type: ignore[attr-defined]  # CPython's
    named = [name for name in variables if name[-6:-5] == b"_" and name[-5:].lower() == b"proxy"]
    return any(name.lower() != b"no_proxy" for name in named)


def environment_has_netrc() -> bool:
    """Whether there is a .netrc file for `requests` to look into."""
    return any(os.path.exists(file) for file in netrc_files())


def netrc_files() -> list[str]:
    """Where `requests` looks for a .netrc file."""
    named = os.environ.get("NETRC")
    files = (named,) if named is not None else ("~/.netrc", "~/_netrc")
    return [os.path.expanduser(file) for file in files]


def redirected_url(url: str, location: str) -> str:
    """Where a Location leads from a URL, spelled as `requests` spells it; the fragment goes along.
    """
    base = urlsplit(url)
    if location.startswith("//"):
        location = f"{base.scheme}:{location}"
    parts = urlsplit(location)
    if not parts.fragment:
        parts = parts._replace(fragment=base.fragment)
    quoted = requote_uri(urlunsplit(parts))
    return quoted if parts.netloc else urljoin(url, quoted)


def location_of(fields: Iterable[tuple[str, str]]) -> str:
    """The Location among header fields, as the UTF-8 that `requests` takes it for."""
    value = ", ".join(value for name, value in fields if name.lower() == "location")
    return value.encode("latin1").decode("utf-8", errors="replace")


def parts_of(url: str) -> tuple[bool, str, int, str]:
    """(TLS, host, port, target) of a prepared URL."""
    place, parts = place_of(url), urlsplit(url)
    return (
        place.tls,
        place.host,
        place.port,
        (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    )


def split_credentials(url: str) -> tuple[str, tuple[str, str] | None]:
    """(URL without user and password, (user, password) or None), percent-decoded."""
    parts = urlsplit(url)
    if not (parts.username and parts.password):
        return url, None
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return bare, (unquote(parts.username), unquote(parts.password))
