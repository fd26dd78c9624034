"""Keys in a terminal, and no terminal. The terminal is a pseudo terminal of the test's own."""

from __future__ import annotations

import os
import pty
import sys
import termios

import gevent
import pytest
from waiting import until

from locustella.input_events import input_listener


@pytest.fixture
def keyboard(monkeypatch):
    """The writing end of a terminal that is this process's stdin."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "r") as stdin, os.fdopen(ours, "wb", buffering=0) as keys:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield keys


def test_keys_call_their_functions_and_others_nothing(keyboard):
    pressed = []
    before = termios.tcgetattr(sys.stdin.fileno())
    listener = gevent.spawn(
        input_listener({"w": lambda: pressed.append("w"), "S": lambda: pressed.append("S")})
    )
    gevent.sleep(0)
    keyboard.write(b"wxSw\xff")
    until(lambda: len(pressed) == 3)
    assert pressed == ["w", "S", "w"]
    listener.kill()
    assert termios.tcgetattr(sys.stdin.fileno()) == before


def test_an_error_in_a_command_ends_the_keyboard_not_the_test(keyboard, caplog):
    listener = gevent.spawn(input_listener({"w": lambda: 1 / 0}))
    gevent.sleep(0)
    keyboard.write(b"w")
    listener.join()
    assert listener.successful() and "division by zero" in caplog.text


def test_without_a_terminal_it_returns(monkeypatch):
    with open(os.devnull) as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        input_listener({"w": lambda: 1 / 0})()
    monkeypatch.setattr(sys, "stdin", None)
    input_listener({})()
