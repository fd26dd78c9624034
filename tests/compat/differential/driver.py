"""Sends a list of requests with one implementation, and writes down what became of each.

    python driver.py locustella fast scenarios.pickle results.pickle CONTROL_PORT ORIGIN_0 ...

It runs in the interpreter of the implementation under test and imports nothing of the tests.
Scenarios and results are plain dicts and lists (request_cases.py makes the former). A scenario has
a session of its own; before each of its requests the driver tells the recording server which one it
is.

What is random is fixed here: the boundary of multipart bodies comes from `os.urandom`. One name of
IDNA leads to 127.0.0.1.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import re
import socket
import sys
import time
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

if sys.argv[1] == "locustella":
    import locustella.as_locust  # noqa: F401 - makes `import locust` ours

import gevent.socket  # noqa: E402
from locust.clients import HttpSession  # noqa: E402
from locust.contrib.fasthttp import FastHttpSession  # noqa: E402
from locust.event import EventHook  # noqa: E402
from requests.auth import HTTPBasicAuth  # noqa: E402
from requests.cookies import RequestsCookieJar, create_cookie  # noqa: E402

_ADDRESS = re.compile(r"0x[0-9a-f]+")
_VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


class Iterable:
    """Something to iterate over, without a length and only once."""

    def __init__(self, pieces: list[Any]) -> None:
        self._pieces = iter(pieces)

    def __iter__(self) -> Any:
        return self._pieces


class Materials:
    """Makes the objects that a case can only name: ("$file", "a.txt", b"...") and its like."""

    # The folder that both_sides.py starts this process in, and removes.
    _folder = Path.cwd()

    def __init__(self, origins: list[str]) -> None:
        self._origins = origins
        self._open: list[Any] = []

    def made(self, value: Any) -> Any:
        if (
            isinstance(value, tuple)
            and value
            and isinstance(value[0], str)
            and value[0].startswith("$")
        ):
            return getattr(self, "_" + value[0][1:])(*value[1:])
        if isinstance(value, dict):
            return {self.made(key): self.made(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self.made(item) for item in value)
        if isinstance(value, str):
            for number, origin in enumerate(self._origins):
                value = value.replace(f"{{{number}}}", origin).replace(
                    f"{{{number}p}}", origin.rpartition(":")[2]
                )
        return value

    def clean_up(self) -> None:
        for file in self._open:
            file.close()
            Path(file.name).unlink(missing_ok=True)
        self._open.clear()

    def _file(self, name: str, content: bytes) -> Any:
        path = self._folder / name
        path.write_bytes(content)
        self._open.append(path.open("rb"))
        return self._open[-1]

    def _textfile(self, name: str, content: bytes) -> Any:
        path = self._folder / name
        path.write_bytes(content)
        self._open.append(path.open(encoding="utf-8", newline=""))
        return self._open[-1]

    def _at(self, file: Any, position: int) -> Any:
        file = self.made(file)
        file.seek(position)
        return file

    def _closed(self, file: Any) -> Any:
        file = self.made(file)
        file.close()
        return file

    def _path(self, name: str) -> Any:
        path = self._folder / f"kept-{name}"
        path.write_bytes(b"no certificate")
        return str(path)

    def _bytesio(self, content: bytes) -> Any:
        return io.BytesIO(content)

    def _stringio(self, content: str) -> Any:
        return io.StringIO(content)

    def _generator(self, pieces: list[Any]) -> Any:
        return (piece for piece in pieces)

    def _iterable(self, pieces: list[Any]) -> Any:
        return Iterable(pieces)

    def _basic(self, user: str, password: str) -> Any:
        return HTTPBasicAuth(user, password)

    def _jar(self, cookies: list[dict]) -> Any:
        return self._filled(RequestsCookieJar(), cookies)

    def _plainjar(self, cookies: list[dict]) -> Any:
        return self._filled(CookieJar(), cookies)

    @staticmethod
    def _filled(jar: Any, cookies: list[dict]) -> Any:
        for cookie in cookies:
            jar.set_cookie(create_cookie(**cookie))
        return jar


def words(text: str) -> str:
    """A message without the addresses of objects."""
    return _ADDRESS.sub("0x", text)


def chain(error: BaseException | None) -> list[tuple[str, str]]:
    """What an exception is, and what it came from."""
    found = []
    while error is not None and len(found) < 6:
        found.append((type(error).__name__, words(str(error))))
        error = error.__cause__ or error.__context__
    return found


def looked(what: Any) -> Any:
    """What a look at a response gives, or what it raises."""
    try:
        return what()
    except Exception as error:
        return ["raised", type(error).__name__, words(str(error))]


def pairs(headers: Any) -> Any:
    return None if headers is None else [list(pair) for pair in headers.items()]


def body_of(request: Any) -> Any:
    body = request.body
    return body if isinstance(body, str | bytes | type(None)) else type(body).__name__


_SINCE = float(os.environ["DIFFERENTIAL_SINCE"])


def cookie_facts(jar: Any) -> list[Any]:
    """All cookies; expiry in whole steps of 1,000 seconds from a time that both sides share: which
    of them runs later makes no difference.
    """
    return sorted((
        [c.name, c.value, c.domain, c.path, c.secure, c.domain_specified, c.domain_initial_dot, c.discard,  # noqa: E501
         c.has_nonstandard_attr("HttpOnly") or c.has_nonstandard_attr("httponly"),
         None if c.expires is None else int((c.expires - _SINCE) // 1000)]
        for c in jar
    ), key=repr)  # fmt: skip


def hop_facts(hop: Any) -> dict[str, Any]:
    return {
        "status": hop.status_code,
        "url": hop.url,
        "headers": pairs(hop.headers),
        "request": [hop.request.method, hop.request.url],
    }


def http_facts(response: Any) -> dict[str, Any]:
    """All that scripts touch of an HttpSession's response."""
    return {
        "status": response.status_code,
        "reason": response.reason,
        "ok": response.ok,
        "bool": bool(response),
        "repr": repr(response),
        "url": response.url,
        "headers": looked(lambda: pairs(response.headers)),
        "content": looked(lambda: response.content),
        "encoding": response.encoding,
        "text": looked(lambda: response.text),
        "json": looked(lambda: response.json()),
        "lines": looked(lambda: list(response.iter_lines())),
        "pieces": looked(lambda: list(response.iter_content(5))),
        "elapsed": type(response.elapsed).__name__,
        "cookies": cookie_facts(response.cookies),
        "links": looked(lambda: response.links),
        "is_redirect": [response.is_redirect, response.is_permanent_redirect],
        "next": response.next and response.next.url,
        "history": [hop_facts(hop) for hop in response.history],
        "hop contents": [looked(lambda hop=hop: hop.content) for hop in response.history],
        "hop requests": [
            [pairs(hop.request.headers), body_of(hop.request)] for hop in response.history
        ],
        "request": [response.request.method, response.request.url] if response.request else None,
        "request headers": pairs(response.request.headers) if response.request else None,
        "request body": body_of(response.request) if response.request else None,
        "raise_for_status": looked(response.raise_for_status),
        "error": chain(getattr(response, "error", None)),
    }


def fast_facts(response: Any) -> dict[str, Any]:
    """All that scripts touch of a FastHttpSession's response."""
    headers = response.headers
    return {
        "status": response.status_code,
        "ok": response.ok,
        "url": response.url,
        "headers": pairs(headers),
        "header names": None if headers is None else list(headers),
        "header text": None if headers is None else [repr(headers), str(headers), len(headers)],
        "content type": None if headers is None else headers.get("content-TYPE"),
        "content": looked(lambda: response.content),
        "text": looked(lambda: response.text),
        "encoding": response.encoding,
        "json": looked(lambda: response.json()),
        "data": looked(lambda: response.data),
        "length": looked(lambda: len(response)),
        "closed": looked(lambda: response.isclosed()),
        "request": [response.request.method, response.request.url],
        "request headers": pairs(response.request.headers),
        "request body": body_of(response.request),
        "request data": looked(lambda: response.request.data == response.request.payload),
        "request host": looked(lambda: [response.request.host, response.request.type]),
        "raise_for_status": looked(response.raise_for_status),
        "error": chain(getattr(response, "error", None))[:1],
    }


def plain_fast_facts(response: Any) -> dict[str, Any]:
    """What only a response outside of a `with` block has in stock Locust."""
    return {
        "elapsed": looked(lambda: type(response.elapsed).__name__),
        "history": looked(
            lambda: [[hop.status_code, pairs(hop.headers)] for hop in response.history]
        ),
        "status text": looked(lambda: response.status),
        "read": looked(lambda: response.read()),
    }


def streamed(response: Any, how: tuple) -> Any:
    """The body as the case wants it read."""
    kind, *arguments = how
    return _WAYS[kind](response, *arguments)


def _pieces(pieces: Any) -> list[Any]:
    """Those that came, and what ended them."""
    came = []
    try:
        for piece in pieces:
            came.append(piece)
    except Exception as error:
        came.append(["raised", type(error).__name__, words(str(error))])
    return came


def _first_then_closed(response: Any, size: int) -> list[Any]:
    first = looked(lambda: next(iter(response.iter_content(size)), None))
    _closed(response)
    return [first, looked(lambda: list(response.iter_content(size)))]


def _closed(response: Any) -> None:
    response.close() if hasattr(response, "close") else response.release()


def _told(raw: Any, size: int) -> list[Any]:
    return [raw.tell(), raw.read(size), raw.tell(), raw.read(), raw.tell(), raw.closed, raw.read()]


def _raw_after_a_piece(response: Any, size: int) -> list[Any]:
    pieces = response.iter_content(size)
    first = next(pieces, b"")
    told = response.raw.tell()
    return [first, told, response.raw.read(2), _pieces(pieces), response.raw.tell()]


_WAYS: dict[str, Any] = {
    "content": lambda response: response.content,
    "text": lambda response: response.text,
    "json": lambda response: response.json(),
    "data": lambda response: response.data,
    "iter_content": lambda response, *how: _pieces(response.iter_content(*how)),
    "iter_lines": lambda response, *how: _pieces(response.iter_lines(*how)),
    "twice": lambda response, size: [
        _pieces(response.iter_content(size)), looked(lambda: list(response.iter_content(size)))
    ],
    "first piece, then closed": _first_then_closed,
    "closed": _closed,
    "nothing": lambda response: None,
    "raw": lambda response, size: [response.raw.read(size), response.raw.read()],
    "raw, told": lambda response, size: _told(response.raw, size),
    "raw, a stream": lambda response, size: _pieces(response.raw.stream(size)),
    "raw after a piece": _raw_after_a_piece,
    "read": lambda response, size: [response.read(size), response.read()],
    "stream": lambda response, size: [response.stream.read(size), list(response.stream)],
    "readline": lambda response: [
        response.stream.readline(b"\n"), response.readline(), response.read()
    ],
}  # fmt: skip


class Driver:
    """One implementation's client, and the line to the recording server."""

    def __init__(self, kind: str, control_port: int, origins: list[str]) -> None:
        self._kind, self._origins = kind, origins
        self._line = socket.create_connection(("127.0.0.1", control_port))
        self._answers = self._line.makefile("rb")
        self._events: list[dict[str, Any]] = []
        self._event = EventHook()
        self._count = 0
        self._proxies: Any = None  # that a session had before others were assigned
        self._event.add_listener(lambda **event: self._events.append(event))

    def run(self, scenarios: list[dict]) -> list[list[dict[str, Any]]]:
        number = 0
        results = []
        for scenario in scenarios:
            for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
                del os.environ[name]
            session = self._session(scenario)
            rows = []
            for step in scenario["steps"]:
                self._tell(f"begin {number}")
                rows.append(self._facts(session, scenario, step))
                self._tell("end")
                number += 1
            results.append(rows)
        return results

    def _tell(self, line: str) -> None:
        self._line.sendall(f"{line}\n".encode())
        if self._answers.readline() != b"ok\n":
            raise ConnectionError("the recording server has gone")

    def _session(self, scenario: dict) -> Any:
        materials = Materials(self._origins)
        settings = materials.made(scenario.get("settings", {}))
        base = materials.made(scenario.get("base_url", "{0}"))
        if self._kind == "fast":
            usual = {
                "max_redirects": 30,
                "max_retries": 0,
                "network_timeout": 5.0,
                "connection_timeout": 5.0,
            }
            return FastHttpSession(base, self._event, None, **{**usual, **settings})
        session = HttpSession(base, self._event, None)
        for name, value in settings.items():
            if name in ("headers", "cookies", "params"):
                getattr(session, name).update(value)
            else:
                setattr(session, name, value)
        return session

    def _facts(self, session: Any, scenario: dict, step: dict) -> dict[str, Any]:
        materials = Materials(self._origins)
        arguments, url = materials.made(step["arguments"]), materials.made(step["url"])
        given = dict(arguments["headers"]) if isinstance(arguments.get("headers"), dict) else None
        self._events.clear()
        for change in step.get("changes", ()):
            self._change(session, *materials.made(list(change)))
        facts: dict[str, Any] = {}
        try:
            response = self._sent(session, step, url, arguments)
            if step.get("read"):
                facts["read"] = looked(lambda: streamed(response, step["read"]))
            facts["response"] = (
                http_facts(response) if self._kind == "http" else fast_facts(response)
            )
            if self._kind == "fast" and not arguments.get("catch_response"):
                facts["plain"] = plain_fast_facts(response)
        except Exception as error:
            facts["raised"] = chain(error)
        finally:
            if hasattr(arguments.get("data"), "tell"):
                facts["file stands at"] = looked(arguments["data"].tell)
            materials.clean_up()
        jar = session.cookies if self._kind == "http" else session.cookiejar
        facts["jar"] = cookie_facts(jar)
        facts["headers of the caller are left alone"] = (
            given is None or given == arguments["headers"]
        )
        facts["events"] = [self._event_facts(event) for event in self._events]
        return facts

    def _change(self, session: Any, what: str, *said: Any) -> None:
        """("header", name, value), ("auth", value), ("params", dict), ("param", name, value),
        ("cookie", name, value), ("proxies", dict or None), ("proxy", scheme, value), ("alias",
        scheme, value), the dict that was the session's before; ("environment", name, value); a
        header or a variable of None is taken away.
        """
        fast = self._kind == "fast"
        if what == "environment":
            os.environ.pop(said[0], None)
            os.environ.update({said[0]: said[1]} if said[1] is not None else {})
            return
        if what == "header":
            headers = session.client.default_headers if fast else session.headers
            headers.pop(said[0], None) if said[1] is None else headers.__setitem__(*said)
        elif what == "cookie":
            jar = session.cookiejar if fast else session.cookies
            jar.set_cookie(create_cookie(*said))
        elif what in ("proxy", "alias"):
            held = self._proxies if what == "alias" else session.proxies
            if held is not None:
                held.pop(said[0], None) if said[1] == "(popped)" else held.__setitem__(*said)
        elif what == "param":
            session.params[said[0]] = said[1]
        elif what == "auth" and fast:
            session.auth_header = said[0]
        else:
            if what == "proxies":
                self._proxies = session.proxies
            setattr(session, what, said[0])

    def _sent(self, session: Any, step: dict, url: str, arguments: dict) -> Any:
        method = step["method"]
        # Names that a script writes down are interned, those out of a file are not; every second
        # request has the former.
        self._count += 1
        if self._count % 2:
            arguments = {sys.intern(name): value for name, value in arguments.items()}
        if step.get("verb") and method in _VERBS:
            send = getattr(session, method.lower())
            result = send(url, *step.get("positional", ()), **arguments)
        else:
            result = session.request(method, url, **arguments)
        if arguments.get("catch_response"):
            with result as response:
                return response
        return result

    @staticmethod
    def _event_facts(event: dict[str, Any]) -> dict[str, Any]:
        error = event["exception"]
        return {
            "type": event["request_type"],
            "name": event["name"],
            "url": event["url"],
            "length": event["response_length"],
            "exception": error and words(repr(error)),
            "exception text": error and words(str(error)),
        }


def give_address(name: str) -> None:
    if sys.argv[1] == "locustella":
        from locustella.http.addresses import resolve_entries, set_up

        set_up(resolve=[resolve_entries(f"{name}:*:127.0.0.1")])
        return
    for module in (socket, gevent.socket):
        module.getaddrinfo = _knowing(name, module.getaddrinfo)


def _knowing(name: str, getaddrinfo: Any) -> Any:
    def knowing(host: Any, *more: Any, **named: Any) -> Any:
        known = isinstance(host, str) and host.encode("idna").decode() == name
        return getaddrinfo("127.0.0.1" if known else host, *more, **named)

    return knowing


def main() -> None:
    give_address("xn--bcher-kva.test")
    kind, scenarios_path, results_path, control_port, *origins = sys.argv[2:]
    os.urandom = lambda size: b"\x17" * size
    scenarios = pickle.loads(Path(scenarios_path).read_bytes())
    driver = Driver(kind, int(control_port), origins)
    began = time.perf_counter()
    results = driver.run(scenarios)
    Path(results_path).write_bytes(pickle.dumps(results))
    print(json.dumps({"seconds": time.perf_counter() - began}))


main()
