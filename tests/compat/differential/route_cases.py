"""Cases of `proxies`, `cert` and `verify`, of calls and of a session that changes between them.

The recording server's second port is the proxy: it gets whole URLs, and answers them itself.
"""

from __future__ import annotations

import random
from typing import Any

from support.recording_server import Answer

from .steps import scenario, step

_KEYS = [
    "http", "http", "http", "https", "all", "all", "http://127.0.0.1", "all://127.0.0.1",
    "http://localhost", "http://LOCALHOST", "http://127.0.0.1:{0p}", "no_proxy", "ftp", "HTTP",
]  # fmt: skip
_PROXIES = [
    "{1}", "{1}", "{1}", "127.0.0.1:{1p}", "HTTP://127.0.0.1:{1p}", "{1}/ignored",
    "http://u:p@127.0.0.1:{1p}", "http://u:p@127.0.0.1:{1p}", "http://u@127.0.0.1:{1p}",
    "http://u:@127.0.0.1:{1p}", "http://%C3%A4:p%40@127.0.0.1:{1p}", "http://u:p@{0h}", None, "",
]  # fmt: skip
_ODD = [
    "http://127.0.0.1:1", "socks4://127.0.0.1:{1p}", "gopher://127.0.0.1:{1p}", "http://", "://x",
    "http://127.0.0.1:99999",
]  # fmt: skip
_PLACES = ["/a", "{0}/a", "{1}/b", "http://localhost:{0p}/c", "//127.0.0.1:{1p}/d", "../e"]


def _proxy(rng: random.Random) -> Any:
    chosen = rng.choice(_ODD) if rng.random() < 0.05 else rng.choice(_PROXIES)
    return chosen and chosen.replace("{0h}", "127.0.0.1:{0p}")


def _proxies(rng: random.Random) -> Any:
    if rng.random() < 0.08:
        return rng.choice([None, {}])
    return {rng.choice(_KEYS): _proxy(rng) for _ in range(rng.choice([1, 1, 1, 2, 3]))}


def _certificate(rng: random.Random) -> Any:
    there, gone = ("$path", "me.pem"), "/nowhere/me.pem"
    return rng.choice([there, there, (there, ("$path", "me.key")), (there, None), gone,
                       (there, gone), [there, there], (), ""])  # fmt: skip


def _change(rng: random.Random) -> tuple[Any, ...]:
    kind = rng.choice(["proxies", "proxy", "proxy", "proxy", "alias", "header", "cert", "verify"])
    if kind == "proxies":
        return kind, rng.choice([_proxies(rng) or {}, _proxies(rng) or {}, None])
    if kind == "header":
        return kind, "X-One", rng.choice(["1", "2"])
    if kind == "cert":
        return kind, rng.choice([None, None, ("$path", "of-session.pem"), "/nowhere"])
    if kind == "verify":
        return kind, rng.choice([True, False, ("$path", "bundle.pem"), "/nowhere"])
    return kind, rng.choice(_KEYS), rng.choice([_proxy(rng), _proxy(rng), "(popped)"])


def _arguments(rng: random.Random) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    if rng.random() < 0.6:
        arguments["proxies"] = _proxies(rng)
    if rng.random() < 0.2:
        arguments["cert"] = _certificate(rng)
    if rng.random() < 0.2:
        arguments["verify"] = rng.choice([True, False, None, ("$path", "ca.pem"), "/nowhere", ""])
    if rng.random() < 0.15:
        arguments["allow_redirects"] = rng.random() < 0.3
    if rng.random() < 0.15:
        arguments["headers"] = rng.choice(
            [{"Proxy-Authorization": "mine"}, {"X-Two": "2"}, {"Host": "else.test"}]
        )
    if rng.random() < 0.1:
        arguments["cookies"] = {"of": "the call"}
    if rng.random() < 0.1:
        arguments["catch_response"] = True
    return arguments


_VARIABLES = ["http_proxy", "http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy",
              "Http_Proxy", "no_proxy", "no_proxy", "NO_PROXY", "ftp_proxy"]  # fmt: skip
_EXCEPTIONS = ["127.0.0.1", "localhost", "*", ".localhost", "127.0.0.0/8", "host,127.0.0.1 , x", "",
               "localhost:{0p}", "127.0.0.1:{0p}", "10.0.0.0/8", "LOCALHOST", None]  # fmt: skip


def _variable(rng: random.Random) -> tuple[Any, ...]:
    name = rng.choice(_VARIABLES)
    exception = name.lower() == "no_proxy"
    return "environment", name, rng.choice(_EXCEPTIONS) if exception else _proxy(rng)


def environment(rng: random.Random, kind: str) -> dict[str, Any]:
    """The same where the environment names proxies, and hosts that go without, which change."""
    made = routes(rng, kind)
    if kind == "http" and rng.random() < 0.1:
        made["settings"]["trust_env"] = False
    for number, one in enumerate(made["steps"]):
        changes = [_variable(rng) for _ in range(rng.choice([0, 0, 1, 2]) if number else 2)]
        one["changes"] = (*one["changes"], *changes)
        if rng.random() < 0.6:
            one["arguments"].pop("proxies", None)
        if "no_proxy" in (one["arguments"].get("proxies") or {}):
            one["arguments"]["proxies"]["no_proxy"] = rng.choice(_EXCEPTIONS)
    return made


def routes(rng: random.Random, kind: str) -> dict[str, Any]:
    """Calls by proxies that change, along redirects, with files of certificates that are or are not
    there. FastHttpSession knows none of it.
    """
    steps = []
    for _ in range(8):
        hops = [rng.choice(_PLACES) for _ in range(rng.choice([0, 0, 1, 1, 2]))]
        answers = [
            Answer(rng.choice([302, 307]), "Found", [("Location", hop), ("Set-Cookie", "h=1")])
            for hop in hops
        ]
        answers.append(Answer(200, "OK", [], b"landed"))
        method = rng.choice(["GET", "GET", "GET", "HEAD", "POST"])
        arguments = _arguments(rng) if kind == "http" else {"allow_redirects": True}
        if method == "POST":
            arguments |= rng.choice([{"data": "x"}, {"json": [1]}, {"files": {"f": "text"}}])
        changes = [_change(rng) for _ in range(rng.choice([0, 1, 1, 2])) if kind == "http"]
        url = rng.choice(["/a", "/a?q=1", "{1}/b", "http://localhost:{0p}/c"])
        steps.append(step(method, url, answers, changes=tuple(changes), **arguments))
    if kind == "http" and rng.random() < 0.5:
        return scenario(*steps, proxies=_proxies(rng) or {})
    return scenario(*steps)
