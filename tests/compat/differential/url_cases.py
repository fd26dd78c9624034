"""Cases of the request line and of header fields: methods, paths, queries, fields, credentials."""

from __future__ import annotations

import random
from typing import Any

from support.recording_server import Answer

from .steps import scenario, some, step

_PIECES = [
    "a", "b", "Z", "0", "/", "/", "-", "_", ".", "~", "!", "$", "&", "'", "(", ")", "*", "+", ",",
    ";", "=", ":", "@", "%20", "%2F", "%2f", "%41", "%7e", "%zz", "%", "%e4", "é", "日", " ", '"',
    "<", ">", "\\", "^", "`", "{", "|", "}",
    "[", "]", "#x", "?", "?q=", "..", "/./", "/../", "//",
]  # fmt: skip
_TAME = ["a", "b", "cd", "/", "-", ".", "x1", "%20", "é", " ", "+", "=", "&"]


def methods(rng: random.Random, kind: str) -> dict[str, Any]:
    """Every verb, by its own function and by request(), in odd cases and with bodies."""
    names = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    steps = []
    for _ in range(5):
        name = rng.choice(names)
        arguments: dict[str, Any] = {}
        if rng.random() < 0.4:
            arguments["data"] = rng.choice(["text", b"bytes", {"a": "1"}, ""])
        if rng.random() < 0.2:
            arguments["json"] = rng.choice([{}, [], {"a": 1}, None])
        if rng.random() < 0.2:
            arguments["name"] = "an entry"
        steps.append(step(name, "/methods", verb=rng.random() < 0.6, **arguments))
    odd = ["get", "Post", "TRACE", "PROPFIND", "M-SEARCH", "pUt", "FOO", "purge", "other", "x~1"]
    for name in rng.sample(odd, 2):
        steps.append(step(name, rng.choice(["/odd", "{1}/odd?a=1"]), verb=False, **_said(rng)))
    bad = ["a b", "GET\r\nX: y", "é", "(a)", "ſ", b"GET", None, 7]
    steps.append(step(rng.choice(bad), "/bad", verb=False))
    positional = rng.choice([("text",), ({"a": "b"},), (b"bytes",)])
    steps.append(step(rng.choice(["POST", "PUT", "PATCH"]), "/positional", positional=positional))
    return scenario(*steps)


def _said(rng: random.Random) -> dict[str, Any]:
    bodies: list[dict[str, Any]] = [
        {}, {}, {"data": "text"}, {"data": {"a": "1"}}, {"json": [1]}, {"headers": {"X-One": "1"}},
        {"data": b"bytes", "headers": {"Content-Type": "text/x"}}, {"allow_redirects": False},
        {"files": {"f": ("a.txt", b"content")}}, {"catch_response": True}, {"name": "an entry"},
    ]  # fmt: skip
    return dict(rng.choice(bodies))


def paths(rng: random.Random, kind: str) -> dict[str, Any]:
    """Paths with everything in them, relative to the host or absolute, below a host with a path."""
    base = rng.choice(["{0}"] * 5 + ["{0}/", "{0}/base", "{0}/base/", "{0}/b?c=d", "{0}#f"])
    steps = []
    for _ in range(4):
        path = "/" + some(rng, _PIECES if rng.random() < 0.7 else _TAME, 0, 8)
        shape = rng.random()
        if shape < 0.15:
            path = "{1}" + path
        elif shape < 0.2:
            path = rng.choice(
                ["{1}", "{1}?only=query", "{1}#only", "{1}/#f?g", "{1}/a?b#c", "", "?q=1", "#f"]
            )
        arguments = {"name": "an entry"} if rng.random() < 0.3 else {}
        steps.append(step("GET", path, verb=rng.random() < 0.8, **arguments))
    return scenario(*steps, base_url=base)


_HOSTS = [
    "127.0.0.1:{0p}", "127.0.0.1:{1p}", "LocalHost:{0p}", "[::1]:{2p}", "[::1]:{2p}",
    "[0:0::0:1]:{2p}", "[::FFFF:127.0.0.1]:{0p}", "b\u00fccher.test:{0p}", "b\u00fccher.test:{0p}",
    "B\u00dcCHER.Test:{1p}", "xn--bcher-kva.test:{0p}", "127%2E0.0.1:{0p}", "127.0.0.1:0{0p}",
]  # fmt: skip
_NO_HOSTS = ["\u20ac.test:{0p}", "a b:{0p}", "[::1", "[1:2]:{2p}", "*.test", "127.0.0.1:x", ""]
_LOGINS = ["user@", "u:p@", "u:p@", ":word@", "us:@", "@", "%C3%BC:p%40%41@", "a:b@c:d@",
           "\u20ac:p@"]  # fmt: skip


def _place(rng: random.Random, logins: float, failures: float = 0) -> str:
    host = rng.choice(_NO_HOSTS if rng.random() < failures else _HOSTS)
    return f"http://{rng.choice(_LOGINS) if rng.random() < logins else ''}{host}"


def hosts(rng: random.Random, kind: str) -> dict[str, Any]:
    """Addresses of IPv6, names of IDNA, user and password: in hosts, URLs, along redirects."""
    base = _place(rng, 0.3).replace("\u20ac", "e") + rng.choice(["", "", "", "/", "/base"])
    steps = []
    for _ in range(5):
        path = rng.choice(["/a", "/a", "/a b", "/%7e?q=\u00fc", "/a/../b#top", "", "?q"])
        url = path if rng.random() < 0.4 else _place(rng, 0.5, 0.05) + path
        hops = [
            rng.choice(["/there", "next", "{1}/there", "{2}/six", "http://x:y@127.0.0.1:{0p}/z",
                        "//u:p@[::1]:{2p}/net"])
            for _ in range(rng.choice([0, 0, 0, 1, 2]))
        ]  # fmt: skip
        answers = [Answer(rng.choice([302, 307]), "Found", [("Location", hop)]) for hop in hops]
        answers.append(Answer(rng.choice([200, 200, 401]), "OK", [], b"landed"))
        arguments = rng.choice(
            [{}, {}, {}, {"params": {"p": "1"}}, {"auth": ("of", "call")}, {"data": "x"},
             {"headers": {"X-One": "1"}}, {"headers": {"Authorization": "mine"}},
             {"allow_redirects": False}, {"name": "an entry"}, {"json": [1]}]
        )  # fmt: skip
        if kind == "fast":  # where a call raises, stock goes on following none
            arguments.pop("allow_redirects", None)
        method = "POST" if arguments.keys() & {"data", "json"} else rng.choice(["GET", "HEAD"])
        steps.append(step(method, url, answers, **arguments))
    if kind == "http" and rng.random() < 0.4:
        return scenario(
            *steps, base_url=base, auth=rng.choice([("of", "session"), "", ()]),
            trust_env=rng.random() < 0.5,
        )  # fmt: skip
    return scenario(*steps, base_url=base)


def params(rng: random.Random, kind: str) -> dict[str, Any]:
    """Forms of `params`, over a URL with and without a query."""
    text = [
        some(rng, [*_TAME, "日", "/", "?", "#", "%", ";", "~", "\n", "'"], 0, 5) for _ in range(4)
    ]
    forms: list[Any] = [
        {"a": text[0], "b": text[1]}, {text[2]: text[3]},
        {"n": 1, "f": 1.5, "t": True, "none": None},
        {"list": ["1", "2", text[0]], "tuple": ("x", 3)}, [("a", text[1]), ("a", text[2])],
        (("k", "v"),), {}, f"raw={text[0]}", f"q={text[1]}&é=ü", "", {"b": b"bytes"},
        {"empty": "", "list": []}, [], None,
    ]  # fmt: skip
    if kind == "http":
        forms.append(b"by=tes")
    url = rng.choice(["/p", "/p?x=1", "/p?", "/p?x=1#f", "/", "{1}/other?y", "/sp ace?ü=1"])
    steps = [
        step(rng.choice(["GET", "POST", "DELETE"]), url, params=rng.choice(forms)) for _ in range(3)
    ]
    if kind == "http" and rng.random() < 0.3:
        return scenario(*steps, params={"of the session": "1", "a": "session"})
    return scenario(*steps)


def headers(rng: random.Random, kind: str) -> dict[str, Any]:
    """Case, order, overriding, None, numbers, unicode, things that no header may hold."""
    usual = {
        "X-One": ["1", "", " spaced ", "a, b", "é", "tab\tbed"], "User-Agent": ["me/1.0", ""],
        "user-agent": ["lower"], "Accept": ["text/html"], "ACCEPT-ENCODING": ["identity"],
        "accept-encoding": ["gzip"], "Content-Type": ["text/x"],
        "content-type": ["application/json"], "Host": ["shop.example.test"],
        "host": ["other.example.test:81"], "Connection": ["close"], "Cookie": ["mine=1"],
        "X-a": ["1"], "x-A": ["2"], "Referer": ["http://a.test/"], "Authorization": ["Bearer x"],
        "Content-Length": ["3"], "Content-type": ["application/json", ""], "ACCEPT": ["text/x"],
        "accept": ["text/y"], "authorization": ["mine"], "X-ONE": ["2"], "x-one": ["3", b"4", 5],
    }  # fmt: skip
    steps = []
    for _ in range(4):
        names = rng.sample(sorted(usual), rng.randint(0, 4))
        given: dict[Any, Any] = {name: rng.choice(usual[name]) for name in names}
        method = rng.choice(["GET", "GET", "HEAD", "POST"])
        if "Content-Length" in given:
            method = "POST"
        if rng.random() < 0.25:
            given[
                rng.choice(["User-Agent", "X-None", "Accept", "Accept-Encoding", "Connection"])
            ] = rng.choice(
                [
                    None, 7, -7, True, b"bytes", b"\xe9", b" blank", b"a\nb", 10**30, "日",
                    "line\nbreak", "cr\r", 1.5, False, "",
                ]
            )  # fmt: skip
        if rng.random() < 0.05:
            given[rng.choice([b"X-Bytes", "bad name", "", "ü"])] = "x"
        data: dict[str, Any] = {"data": "abc"} if method == "POST" else {}
        if data and "Content-Length" not in given:
            data = rng.choice([data, {"json": {"a": 1}}, {"data": {"a": "1"}}, {}])
        if rng.random() < 0.15:
            data["auth"] = rng.choice([("u", "p"), ["u", "p"]]) if kind == "fast" else ("u", "p")
        steps.append(
            step(method, "/h", headers=given if given or rng.random() < 0.5 else None, **data)
        )
    if rng.random() < 0.4:
        return scenario(
            *steps, headers={"X-Session": "s", "x-one": "of the session", "Accept": "*/x"}
        )
    return scenario(*steps)


def auth(rng: random.Random, kind: str) -> dict[str, Any]:
    """Basic credentials: in the call, in the host, in an absolute URL, beside a header of one's
    own.
    """
    users = ["user", "ü", "a b", "with:colon", "%40", ""]
    pair = (rng.choice(users), rng.choice(["pass", "pä:ss", "", "p@ss"]))
    refusal = Answer(401, "Unauthorized", [("WWW-Authenticate", 'Basic realm="x"')], b"who?")
    base = rng.choice(
        ["{0}", "{0}", "http://u:p@127.0.0.1:{0p}", "http://u%40:p%3a@127.0.0.1:{0p}/base"]
    )
    steps = [
        step("GET", "/a", auth=pair),
        step("PUT", "/bytes", auth=(pair[0].encode(), b"\xff")),
        step("POST", "/b", [refusal], data="x", auth=rng.choice([pair, None])),
        step("GET", "/c", headers={"Authorization": "Bearer mine"}, auth=rng.choice([pair, None])),
        step("GET", rng.choice(["/d", "http://x:y@127.0.0.1:{1p}/d", "{1}/d"])),
    ]
    if kind == "http":
        steps.append(step("GET", "/e", auth=("$basic", *pair)))
        steps.append(step("POST", "/f", auth=("$basic", b"by", b"tes"), data="x"))
        if rng.random() < 0.3:
            return scenario(*steps, base_url=base, auth=("of", "session"))
    return scenario(*steps, base_url=base)
