"""Who may include whom: docs/architecture.md, "The house"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cpp_source import includes
from repository import CPP_SUFFIXES, ROOT, below, listed, text_of

# Each room of core/ and the rooms it may include, its own aside. A room also sees what those may
# include, except where the rules say never.
ROOMS = {
    "base": set(),
    "reactor": {"base"},
    "net": {"reactor"},
    "stats": {"base"},
    "output": {"stats"},
    "http": {"base"},
    "client": {"http", "net"},
    "load": {"reactor", "stats"},
    "cluster": {"stats"},
    "plugin": {"stats"},
    "engine": {"base", "reactor", "net", "stats", "http", "client", "load", "cluster", "plugin"},
    "demo": {"base"},
}
SOURCES = list(below("core", suffixes=CPP_SUFFIXES))

# The rooms of python/bindings, and those of its headers beside them that any room may include. The
# binders (bind_<room>.cpp) see all of it.
BINDINGS = Path("python/bindings")
BINDINGS_ROOMS: dict[str, set[str]] = {
    "greenlet": set(),
    "response": {"greenlet"},
    "body": set(),
    "call": {"body"},
    "route": {"call"},
    "session": {"body", "call", "greenlet", "response", "route"},
}
BINDINGS_DOORS = {
    "bindings.hpp",
    "enums.hpp",
    "guard.hpp",
    "phase_times.hpp",
    "pairs.hpp", "plain_dict.hpp",
    "references.hpp",
    "stats_access.hpp",
    "utf8.hpp",
    "watch.hpp",
}
# What has no socket, no clock and no thread of its own: messages, parsers, codecs, state machines.
SANS_IO_ROOMS = {"http"}
SANS_IO = re.compile(r"_(parser|codec|fsm)$|^(dispatcher|pacer|user_order)$")
IO = re.compile(
    r"^(boost/asio|openssl/|sys/(socket|epoll|eventfd|timerfd|select|poll|time|un|uio)\.h|netinet/|arpa/|net/|reactor/"
    r"|netdb\.h|poll\.h|unistd\.h|fcntl\.h|base/clock\.hpp|chrono|ctime|time\.h|thread|mutex|future"
    r"|condition_variable)"
)
C_STANDARD = re.compile(
    r"^(assert|complex|ctype|errno|fenv|float|inttypes|iso646|limits|locale|math|setjmp|signal"
    r"|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|tgmath"
    r"|threads|time|uchar|wchar|wctype)\.h$"
)


def allowed(room: str) -> set[str]:
    """The room itself and everything below it."""
    reached, waiting = {room}, [room]
    while waiting:
        for other in ROOMS[waiting.pop()] - reached:
            reached.add(other)
            waiting.append(other)
    return reached


def test_every_room_of_the_core_has_a_rule():
    rooms = {source.parts[1] for source in SOURCES if len(source.parts) > 2}
    assert rooms <= set(ROOMS), f"core/ has rooms without a rule here: {sorted(rooms - set(ROOMS))}"


def test_the_rules_are_those_of_the_architecture():
    assert allowed("http") == {"http", "base"}
    assert "stats" not in allowed("client")
    assert allowed("plugin") == {"plugin", "stats", "base"}
    assert not any("engine" in allowed(room) for room in ROOMS if room != "engine")
    assert not any("demo" in allowed(room) for room in ROOMS if room != "demo")


def test_rooms_include_only_what_they_may():
    violations = []
    for source in SOURCES:
        room = source.parts[1]
        for include in includes(text_of(source)):
            other = include.name.split("/")[0]
            if (
                other in ROOMS
                and (ROOT / "core" / include.name).is_file()
                and other not in allowed(room)
            ):
                violations.append(
                    f"{source}:{include.line}: {room} must not include {include.name}"
                )  # noqa: E501
    assert not violations, listed(violations)


def test_own_headers_exist_and_are_named_from_the_core():
    violations = [
        f'{source}:{include.line}: "{include.name}" is no file of core/'
        for source in SOURCES
        for include in includes(text_of(source))
        if include.own and not (ROOT / "core" / include.name).is_file()
    ]
    assert not violations, listed(violations)


def test_the_core_and_the_plugins_know_no_python():
    violations = [
        f"{source}:{include.line}: {include.name}"
        for source in below("core", "plugins", suffixes=CPP_SUFFIXES)
        for include in includes(text_of(source))
        if re.match(r"(Python|structmember|greenlet/.*)\.h|pybind11/|nanobind/", include.name)
    ]
    assert not violations, listed(violations)


def reached_from(source: Path) -> Iterator[tuple[str, list[str]]]:
    """Every include that this file comes to through our own headers, with the way there."""
    seen, waiting = set(), [(source, [])]
    while waiting:
        file, way = waiting.pop()
        for include in includes(text_of(file)):
            if include.name in seen:
                continue
            seen.add(include.name)
            here = [*way, f"{file}:{include.line}"]
            yield include.name, here
            own = Path("core") / include.name
            if (ROOT / own).is_file():
                waiting.append((own, here))


def does_no_io(source: Path) -> bool:
    return source.parts[1] in SANS_IO_ROOMS or bool(SANS_IO.search(source.stem))


def test_messages_parsers_codecs_and_state_machines_reach_no_io():
    violations = [
        f"{' -> '.join(way)}: {name}"
        for source in SOURCES
        if does_no_io(source)
        for name, way in reached_from(source)
        if IO.match(name)
    ]
    assert not violations, listed(violations)


def test_rooms_reach_only_what_they_may():
    violations = [
        f"{' -> '.join(way)}: {source.parts[1]} must not reach {name}"
        for source in SOURCES
        for name, way in reached_from(source)
        if (ROOT / "core" / name).is_file() and name.split("/")[0] not in allowed(source.parts[1])
    ]
    assert not violations, listed(violations)


def test_nothing_of_the_core_reaches_the_engine_or_the_demo_target():
    for room in ("engine", "demo"):
        violations = [
            f"{' -> '.join(way)}: {name}"
            for source in SOURCES
            if source.parts[1] != room
            for name, way in reached_from(source)
            if name.startswith(f"{room}/")
        ]
        assert not violations, listed(violations)


def test_includes_are_followed_to_their_end():
    """The rules above hold as far as this reaches."""
    reached = {name: way for name, way in reached_from(Path("core/client/client.cpp"))}
    assert {
        "base/nanos.hpp",
        "base/clock.hpp",
        "http/url.hpp",
        "reactor/reactor.hpp",
        "openssl/ssl.h",
    } <= set(reached)
    assert len(reached["openssl/ssl.h"]) > 2


def test_there_are_parsers_to_check():
    assert [source for source in SOURCES if SANS_IO.search(source.stem)]
    assert SANS_IO_ROOMS <= {source.parts[1] for source in SOURCES}


def test_the_plugin_interface_needs_the_c_standard_library_alone():
    header = ROOT / "core" / "plugin" / "plugin.h"
    if not header.is_file():
        pytest.skip("there is no plugin interface yet")
    others = [i.name for i in includes(header.read_text()) if not C_STANDARD.match(i.name)]
    assert not others, others


def test_plugins_see_the_plugin_interface_alone():
    violations = [
        f"{source}:{include.line}: {include.name}"
        for source in below("plugins", suffixes=CPP_SUFFIXES)
        for include in includes(text_of(source))
        if include.name.split("/")[0] in ROOMS
        and include.name not in {"plugin/plugin.h", "plugin/plugin.hpp"}
    ]
    assert not violations, listed(violations)


def test_rooms_of_the_bindings_include_only_what_they_may():
    violations = []
    for source in below("python", suffixes=CPP_SUFFIXES):
        room = source.relative_to(BINDINGS).parts[0] if source.is_relative_to(BINDINGS) else ""
        for include in includes(text_of(source)):
            if not include.own:
                continue
            ours = (ROOT / BINDINGS / include.name).is_file()
            other = include.name.split("/")[0]
            if not ours and not (ROOT / "core" / include.name).is_file():
                violations.append(
                    f'{source}:{include.line}: "{include.name}" is no file of core/ or the bindings'
                )
            elif (
                ours
                and room in BINDINGS_ROOMS
                and other not in {room} | BINDINGS_ROOMS[room] | BINDINGS_DOORS
            ):
                violations.append(
                    f"{source}:{include.line}: {room} must not include {include.name}"
                )
    assert not violations, listed(violations)


def test_every_room_of_the_bindings_has_a_rule():
    rooms = {
        source.parts[2]
        for source in below("python", suffixes=CPP_SUFFIXES)
        if len(source.parts) > 3
    }
    assert rooms == set(BINDINGS_ROOMS)
