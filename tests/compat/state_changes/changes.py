"""What may happen to a session between two requests, and the requests: right, and wrong.

    CHANGES["http"]["cookie in place"](story)
    CALLS["fast"]["post json"](story)

Each is deterministic but for `story.rng`. A new kind of change is a new function here.
"""

from __future__ import annotations

import functools
import socket
from typing import Any

import gevent.socket
import requests
from locust.clients import HttpSession
from locust.contrib.fasthttp import FastHttpSession
from locust.event import EventHook
from locust.stats import RequestStats
from requests.auth import HTTPBasicAuth
from requests.structures import CaseInsensitiveDict

CHANGES: dict[str, dict[str, Any]] = {"http": {}, "fast": {}}
CALLS: dict[str, dict[str, Any]] = {"http": {}, "fast": {}}


def _in(table: dict[str, dict[str, Any]], kinds: str, name: str) -> Any:
    def add(function: Any) -> Any:
        for kind in kinds.split():
            table[kind][name] = function
        return function

    return add


change = functools.partial(_in, CHANGES)
call = functools.partial(_in, CALLS)


# -- headers, credentials, cookies ---------------------------------------------------------------


@change("http", "header set")
def _(story: Any) -> None:
    story.client.headers["X-Token"] = f"t{story.rng.randint(0, 99)}"


@change("http", "header taken away")
def _(story: Any) -> None:
    story.client.headers.pop("Accept", None)


@change("http", "headers are an alias")
def _(story: Any) -> None:
    story.held["headers"] = story.client.headers = {"X-Alias": "first"}


@change("http", "headers are another kind")
def _(story: Any) -> None:
    story.held["headers"] = story.client.headers = CaseInsensitiveDict({"X-Alias": "ci"})


@change("http fast", "alias of headers changed")
def _(story: Any) -> None:
    story.held.setdefault("headers", {})["X-Alias"] = f"a{story.rng.randint(0, 99)}"


@change("http", "odd header")
def _(story: Any) -> None:
    story.client.headers["X-Odd"] = story.rng.choice(
        [5, None, "a\r\nX-Injected: 1", b"bytes", " blank"]
    )


@change("http", "auth")
def _(story: Any) -> None:
    story.client.auth = story.held["auth"] = story.rng.choice(
        [("u", "p"), None, HTTPBasicAuth("u", "q")]
    )


@change("http", "auth changed in place")
def _(story: Any) -> None:
    if isinstance(story.held.get("auth"), HTTPBasicAuth):
        story.held["auth"].password = "changed"


@change("fast", "auth_header")
def _(story: Any) -> None:
    story.client.auth_header = story.rng.choice(["Bearer one", "Bearer two", None])


@change("fast", "default header")
def _(story: Any) -> None:
    story.client.client.default_headers["X-Default"] = f"d{story.rng.randint(0, 99)}"


@change("fast", "default headers assigned")
def _(story: Any) -> None:
    story.client.client.default_headers = type(story.client.client.default_headers)({"X-New": "1"})


@change("http", "cookie set")
def _(story: Any) -> None:
    story.held["cookie"] = story.client.cookies.set("c", f"v{story.rng.randint(0, 99)}")


@change("http", "cookie changed in place")
def _(story: Any) -> None:
    for cookie in story.client.cookies:
        cookie.value = f"late{story.rng.randint(0, 99)}"


@change("fast", "cookie changed in place")
def _(story: Any) -> None:
    for cookie in story.client.cookiejar:
        cookie.value = f"late{story.rng.randint(0, 99)}"


@change("http", "held cookie changed")
def _(story: Any) -> None:
    if "cookie" in story.held:
        story.held["cookie"].value = "held"


@change("http", "cookies cleared")
def _(story: Any) -> None:
    story.client.cookies.clear()


@change("http", "cookie with a line end")
def _(story: Any) -> None:
    story.client.cookies.set("bad", "a\r\nX-Injected: 1")


@change("http", "params")
def _(story: Any) -> None:
    story.client.params = story.held["params"] = {"q": "1"}


@change("http", "params changed in place")
def _(story: Any) -> None:
    story.held.get("params", {})["q"] = "2"


@change("http", "proxies in place")
def _(story: Any) -> None:
    story.held["proxies"] = story.client.proxies
    story.client.proxies["http"] = story.rng.choice(
        [story.proxy, story.proxy.replace("//", "//u:p@"), ""]
    )


@change("http", "proxies assigned")
def _(story: Any) -> None:
    story.client.proxies = story.rng.choice(
        [{"all": story.proxy}, {"http://127.0.0.1": story.proxy, "http": None}, {}, None]
    )


@change("http", "alias of proxies changed")
def _(story: Any) -> None:
    story.held.setdefault("proxies", {}).pop("http", None)


@change("http", "certificate")
def _(story: Any) -> None:
    story.client.cert = story.rng.choice([__file__, "/nowhere.pem", None])


@change("http fast", "base_url")
def _(story: Any) -> Any:
    response = story.client.get("/echo?before")
    story.client.base_url = story.host + "/base"
    fields = dict(response.request.headers)
    return [response.url.removeprefix(story.host), sorted(fields.items())]


@change("http", "earlier response looked at after a change")
def _(story: Any) -> Any:
    response = story.client.get("/echo")
    story.client.headers["X-Later"] = "1"
    return "X-Later" in response.request.headers


@change("http", "hook")
def _(story: Any) -> None:
    story.client.hooks["response"] = [lambda response, **_: story.seen.append("hook")]


# -- patches ---------------------------------------------------------------------------------------


def _marked(story: Any, original: Any, mark: str) -> Any:
    def step(self: Any, request: Any, *arguments: Any, **more: Any) -> Any:
        request.headers["X-Mark"] = mark
        return original(self, request, *arguments, **more)

    return step


def _noting(story: Any, original: Any, mark: str) -> Any:
    def noted(*arguments: Any, **more: Any) -> Any:
        if not story.seen or story.seen[-1] != mark:
            story.seen.append(mark)
        return original(*arguments, **more)

    return noted


@change("http", "requests.Session.send patched")
def _(story: Any) -> None:
    story.patch(requests.Session, "send", _marked(story, requests.Session.send, "send"))


@change("http", "HTTPAdapter.send patched")
def _(story: Any) -> None:
    adapter = requests.adapters.HTTPAdapter
    story.patch(adapter, "send", _marked(story, adapter.send, "adapter"))


@change("http", "requests.Session.request patched")
def _(story: Any) -> None:
    story.patch(requests.Session, "request", _noting(story, requests.Session.request, "request"))


@change("http", "prepare_headers patched")
def _(story: Any) -> None:
    prepared = requests.models.PreparedRequest
    story.patch(prepared, "prepare_headers", _noting(story, prepared.prepare_headers, "prepare"))


@change("http", "socket.getaddrinfo patched")
def _(story: Any) -> None:
    story.client.close()
    story.patch(socket, "getaddrinfo", _noting(story, socket.getaddrinfo, "getaddrinfo"))


@change("http", "urllib3's connect patched")
def _(story: Any) -> None:
    story.client.close()
    connection = requests.packages.urllib3.connection.HTTPConnection
    story.patch(connection, "connect", _noting(story, connection.connect, "connect"))


@change("http", "request() of the session replaced")
def _(story: Any) -> None:
    story.client.request = _noting(story, story.client.request, "own request")


@change("fast", "request() of the session replaced ")
def _(story: Any) -> None:
    story.client.request = functools.partial(story.client.request, headers={"X-Team": "t"})


@change("http", "HttpSession.request patched")
def _(story: Any) -> None:
    story.patch(HttpSession, "request", _noting(story, HttpSession.request, "class request"))


@change("fast", "FastHttpSession.request patched")
def _(story: Any) -> None:
    story.patch(
        FastHttpSession, "request", _noting(story, FastHttpSession.request, "class request")
    )


@change("http", "HttpSession._send_request_safe_mode patched")
def _(story: Any) -> None:
    original = HttpSession._send_request_safe_mode
    story.patch(HttpSession, "_send_request_safe_mode", _noting(story, original, "safe mode"))


@change("http", "the class is another")
def _(story: Any) -> None:
    class Signing(HttpSession):
        def _send_request_safe_mode(self, method: str, url: str, **more: Any) -> Any:
            more["headers"] = {**(more.get("headers") or {}), "X-Signature": "s"}
            return super()._send_request_safe_mode(method, url, **more)

    story.client = Signing(story.host, story.environment.events.request, None)


@change("http fast", "fire() of the event replaced")
def _(story: Any) -> None:
    event = story.environment.events.request
    event.fire = _noting(story, event.fire, "own fire")


@change("http fast", "EventHook.fire patched")
def _(story: Any) -> None:
    story.patch(EventHook, "fire", _noting(story, EventHook.fire, "class fire"))


@change("http fast", "log_request() of the statistics replaced")
def _(story: Any) -> None:
    stats = story.environment.stats
    stats.log_request = _noting(story, stats.log_request, "own log")


@change("http fast", "RequestStats.log_request patched")
def _(story: Any) -> None:
    story.patch(RequestStats, "log_request", _noting(story, RequestStats.log_request, "class log"))


@change("http fast", "patches undone")
def _(story: Any) -> None:
    for undo in reversed(story.undo):
        undo()
    story.undo.clear()


@change("fast", "gevent.socket's socket noted")
def _(story: Any) -> Any:
    return gevent.socket.socket.__name__


# -- requests --------------------------------------------------------------------------------------


@call("http fast", "get")
def _(story: Any) -> Any:
    return story.client.get("/echo")


@call("http fast", "get with a name")
def _(story: Any) -> Any:
    return story.client.get("/echo?a=1", name="named")


@call("http fast", "post json")
def _(story: Any) -> Any:
    return story.client.post("/echo", json={"a": 1})


@call("http fast", "post form")
def _(story: Any) -> Any:
    return story.client.post("/echo", data={"a": "1"})


@call("http fast", "put text with headers")
def _(story: Any) -> Any:
    return story.client.put("/echo", data="text", headers={"X-Given": "g"})


@call("http fast", "set a cookie")
def _(story: Any) -> Any:
    return story.client.get("/sets")


@call("http", "with a cookie")
def _(story: Any) -> Any:
    return story.client.get("/echo", cookies={"one": "1"})


@call("http", "by a proxy")
def _(story: Any) -> Any:
    return story.client.get("/echo", proxies={"http": story.rng.choice([story.proxy, None])})


@call("http", "with a certificate")
def _(story: Any) -> Any:
    return story.client.get("/echo", cert=story.rng.choice([__file__, "/nowhere.pem"]))


@call("http", "by a bundle")
def _(story: Any) -> Any:
    return story.client.get("/echo", verify=story.rng.choice([__file__, "/nowhere.pem", False]))


@call("http fast", "in a with block")
def _(story: Any) -> Any:
    with story.client.get("/echo", catch_response=True) as response:
        if story.rng.random() < 0.5:
            response.failure("not liked")
    return response


def _wrong(name: str, kinds: str, verb: str, *arguments: Any, **more: Any) -> None:
    call(kinds, name)(lambda story: getattr(story.client, verb)(*arguments, **more))


_wrong("parms=", "http", "get", "/echo", parms={"a": 1})
_wrong("header=", "http", "post", "/echo", header={"a": "1"})
_wrong("verfy=", "http", "get", "/echo", verfy=False)
_wrong("catch_respone=", "http", "get", "/echo", catch_respone=True)
_wrong("body=", "http", "put", "/echo", body="x")
_wrong("None for a URL", "http fast", "get", None)
_wrong("a number for a URL", "http fast", "get", 5)
_wrong("bytes for a URL", "http fast", "get", b"/echo")
_wrong("too many arguments", "http fast", "get", "/echo", {"a": 1})
_wrong("too many arguments for post", "http fast", "post", "/echo", {"a": 1}, None, 3)
_wrong("no arguments", "http fast", "delete")
_wrong("NaN in JSON", "http", "post", "/echo", json={"price": float("nan")})
_wrong("a header with a line end", "http", "get", "/echo", headers={"X-A": "1\r\nX-B: 2"})
_wrong("a header that is a number", "http", "get", "/echo", headers={"X-A": 1})
_wrong("a cookie with a line end", "http", "get", "/echo", cookies={"a": "1\r\nX-B: 2"})
_wrong("a method with a blank", "http", "request", "GET /x", "/echo")


@call("http", "an iterator of numbers")
def _(story: Any) -> Any:
    return story.client.post("/echo", data=iter([3]))
