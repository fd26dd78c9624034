"""Who may include whom: docs/architecture.md, "The house"."""

from __future__ import annotations

import re

import pytest
from cpp_source import includes
from repository import CPP_SUFFIXES, ROOT, below, listed, text_of

# Each room of core/ and the rooms it may include, its own aside. A room also sees what those may include,
# except where the rules say never.
ROOMS = {
    "base": set(),
    "reactor": {"base"},
    "net": {"reactor"},
    "stats": {"base"},
    "http": {"net"},
    "load": {"reactor", "stats"},
    "cluster": {"stats"},
    "plugin": {"stats"},
    "engine": {"base", "reactor", "net", "stats", "http", "load", "cluster", "plugin"},
    "demo": {"base"},
}
SOURCES = list(below("core", suffixes=CPP_SUFFIXES))
SANS_IO = re.compile(r"_(parser|codec|fsm)$")
IO = re.compile(
    r"^(boost/asio|sys/|netinet/|arpa/|net/|reactor/|netdb\.h|poll\.h|unistd\.h|fcntl\.h"
    r"|base/clock\.hpp|chrono|ctime|time\.h)"
)
C_STANDARD = re.compile(r"^(assert|complex|ctype|errno|fenv|float|inttypes|iso646|limits|locale|math|setjmp|signal"
                        r"|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|tgmath"
                        r"|threads|time|uchar|wchar|wctype)\.h$")


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
    assert "stats" not in allowed("http")
    assert allowed("plugin") == {"plugin", "stats", "base"}
    assert not any("engine" in allowed(room) for room in ROOMS if room != "engine")
    assert not any("demo" in allowed(room) for room in ROOMS if room != "demo")


def test_rooms_include_only_what_they_may():
    violations = []
    for source in SOURCES:
        room = source.parts[1]
        for include in includes(text_of(source)):
            other = include.name.split("/")[0]
            if other in ROOMS and (ROOT / "core" / include.name).is_file() and other not in allowed(room):
                violations.append(f"{source}:{include.line}: {room} must not include {include.name}")
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


def test_parsers_codecs_and_state_machines_do_no_io():
    violations = [
        f"{source}:{include.line}: {include.name}"
        for source in SOURCES
        if SANS_IO.search(source.stem)
        for include in includes(text_of(source))
        if IO.match(include.name)
    ]
    assert not violations, listed(violations)


def test_there_are_parsers_to_check():
    assert [source for source in SOURCES if SANS_IO.search(source.stem)]


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
        if include.name.split("/")[0] in ROOMS and include.name not in {"plugin/plugin.h", "plugin/plugin.hpp"}
    ]
    assert not violations, listed(violations)
