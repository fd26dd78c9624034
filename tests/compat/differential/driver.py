"""Sends a list of requests with one implementation, and writes down what became of each.

    python driver.py locustella fast scenarios.pickle results.pickle CONTROL_PORT ORIGIN_0 ...

It runs in the interpreter of the implementation under test and imports nothing of the tests but
response_facts.py beside it. Scenarios and results are plain dicts and lists (cases.py makes the
former). A scenario has a session of its own; before each of its requests the driver tells the
recording server which one it is.

What is random is fixed here: the boundary of multipart bodies comes from `os.urandom`. One name of
IDNA leads to 127.0.0.1.
"""

from __future__ import annotations

import io
import json
import os
import pickle
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
from response_facts import (  # noqa: E402
    chain,
    cookie_facts,
    fast_facts,
    http_facts,
    looked,
    plain_fast_facts,
    streamed,
    words,
)

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
