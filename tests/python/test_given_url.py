"""The core's spelling of URLs against the libraries' own, over random URLs."""

from __future__ import annotations

import random

import pytest
from requests.exceptions import RequestException
from requests.models import PreparedRequest

from locustella import _core
from locustella._core import Dialect
from locustella.exception import LocustError
from locustella.http import urls
from locustella.http.fast import urls as fast_urls
from locustella.http.fast.urls import place_of_url
from locustella.http.urls import place_of

ROUNDS = 20_000
PIECES = [
    "a", "Z", "7", "-", ".", "_", "~", "!", "$", "&", "'", "(", ")", "*", "+", ",", ";", "=", ":",
    "@", "/", "?", "#", " ", '"', "<", ">", "[", "]", "^", "`", "{", "|", "}", "%", "%2", "%41",
    "%7e", "%c3%a4", "%C3%A4", "%2F", "%2e", "%zz", "ä", "€", "😀", "/./", "/../", "/..", "//",
    "..", ".", "a=1", "b=x y", "\\", "\t", "\x7f", "\xa0",
]  # fmt: skip
HOSTS = [
    "shop.test",
    "SHOP.test",
    "10.0.0.1",
    "a_b",
    "a-b.c",
    "localhost",
    "x.",
    "*.x",
    ".x",
    "[::1]",
    "u:p@h",
    "ä.test",
    "bücher.TEST",
    "Ünï-x.example",
    "日本.example",
    "ªb.test",
    "xn--bcher-kva.test",
    "a%2eb",
    "a%zz",
    "a%5B",
    "a$b",
    "a~b",
    "a b",
    "€.test",
    "ﬁ.test",
    "１２７.0.0.1",
    "a..b",
    "[::FFFF:127.0.0.1]",
    "[1:2:3:4:5:6:7:8]",
    "[1::8]",
    "[fe80::1%25eth0]",
    "[fe80::1%lo]",
    "[::1%25l]",
    "[::1%fe0]",
    "[::1%25]",
    "[1:2]",
    "[::1",
    "[::1]x",
    "[v1.a]",
    "[::999.1.1.1]",
]
LOGINS = ["u:p@", "user@", ":word@", "us:@", "@", ":@", "a:b@c:d@", "ü:p%40%41@", "%zz:%@",
          "[x]:y@"]  # fmt: skip
PORTS = ["", "", "", ":80", ":443", ":8080", ":0080", ":", ":0", ":70000", ":x"]
SCHEMES = [
    "http://",
    "https://",
    "HTTP://",
    "hTTps://",
    "ftp://",
    "http:/",
    "http:",
    " http://",
    "",
]
QUERIES = [None, None, "", "a=1&b=2", "q=%C3%A4+x", "x=%7B~%7D"]


def random_url(seed: int) -> tuple[str, str | None]:
    rng = random.Random(seed)
    usual = rng.random() < 0.8
    scheme = rng.choice(SCHEMES[:2] if usual else SCHEMES)
    host = rng.choice(HOSTS[:6] if usual else HOSTS)
    if rng.random() < 0.2:
        host = rng.choice(LOGINS) + rng.choice(HOSTS)
    port = rng.choice(PORTS[:7] if usual else PORTS)
    slash = "/" if rng.random() < 0.9 else ""
    rest = "".join(rng.choices(PIECES, k=rng.randrange(8)))
    return f"{scheme}{host}{port}{slash}{rest}", rng.choice(QUERIES)


SPELLERS = {
    Dialect.REQUESTS: urls.spelled_host,
    Dialect.GEVENTHTTPCLIENT: fast_urls.spelled_host,
}


def as_requests(url: str, query: str | None) -> tuple | None:
    prepared = PreparedRequest()
    try:
        prepared.prepare_url(url, query)
        return tuple(place_of(prepared.url))
    except (RequestException, ValueError):
        return None


def as_geventhttpclient(url: str, query: str | None) -> tuple | None:
    try:
        return tuple(place_of_url(url, query))
    except (LocustError, ValueError):
        return None


REFERENCES = [(Dialect.REQUESTS, as_requests), (Dialect.GEVENTHTTPCLIENT, as_geventhttpclient)]


@pytest.mark.parametrize("dialect, reference", REFERENCES, ids=("requests", "geventhttpclient"))
def test_what_it_takes_it_spells_as_the_library_does(dialect, reference):
    taken = 0
    for seed in range(ROUNDS):
        url, query = random_url(seed)
        ours = _core.given_url(url, query, dialect, SPELLERS[dialect])
        if ours is not None:
            taken += 1
            assert ours == reference(url, query), f"seed {seed}: {url!r} and {query!r}"
    assert taken > ROUNDS / 2


@pytest.mark.parametrize("dialect, reference", REFERENCES, ids=("requests", "geventhttpclient"))
@pytest.mark.parametrize(
    "url",
    [
        "http://shop.test", "http://shop.test?a", "http://shop.test/a b?q=ä#top", "http://shop.test/caf%C3%A9?q=a%20b",
        "https://SHOP.test:443/", "http://shop.test/?", "http://shop.test/a;?b",
        "http://shop.test/a?b;", "http://h/#",
        "http://h/%", "http://h/100%?x=%zz", "http://h/a/../b/./c", "http://h/[1]?a[]=1&b={2}", "HTTP://h/x",
        "http://[::1]:8089/a b", "https://[2001:DB8::1]", "http://[fe80::1%25eth0]:80/", "http://[::1%lo]/",
        "http://u:p@h:81/x?y", "http://u@h/", "http://:p@[::1]/", "http://a:b@c:d@h/",
        "http://bücher.example/ü", "https://u:p@BÜCHER.example:8443/", "http://a$b/",
    ],
)  # fmt: skip
def test_what_tasks_ask_for_is_taken(url, dialect, reference):
    ours = _core.given_url(url, None, dialect, SPELLERS[dialect])
    assert ours is not None
    assert ours == reference(url, None)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/a",
        "ftp://h/",
        "http://",
        "http://[::1/",
        "http://[1:2]/",
        "http://u@/",
        "http://ä.test/",
        "http://h:0/",
        "http://h/a\tb",
    ],
)
def test_what_only_the_library_knows_is_left_to_it(url):
    assert _core.given_url(url, None, Dialect.REQUESTS) is None
    assert _core.given_url(url, None, Dialect.GEVENTHTTPCLIENT) is None
