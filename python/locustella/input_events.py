"""Keys pressed in the terminal while a test runs.

    listen = input_listener({"w": start_one_more})
    gevent.spawn(listen)

Thread: the hub's; waiting for a key costs nothing.
"""

from __future__ import annotations

import logging
import os
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from select import select


class InitError(Exception):
    """There is no keyboard: stdin is no terminal."""


@contextmanager
def _single_keys() -> Iterator[int]:
    """The terminal on stdin, giving each key at once; afterwards it is as it was."""
    if not sys.stdin or not sys.stdin.isatty():
        raise InitError("stdin is no terminal: the keyboard commands are off")
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal, termios.TCSANOW)
    try:
        yield terminal
    finally:
        termios.tcsetattr(terminal, termios.TCSANOW, before)


def input_listener(key_to_func_map: dict[str, Callable[[], None]]) -> Callable[[], None]:
    """A function that calls the function of each key pressed, until its greenlet is killed.

    It returns at once where stdin is no terminal, and when the terminal goes away.
    """

    def listen() -> None:
        try:
            with _single_keys() as terminal:
                while True:
                    select([terminal], [], [])  # gevent's, by then: others run meanwhile
                    key = os.read(terminal, 1)
                    if not key:
                        return
                    action = key_to_func_map.get(key.decode(errors="replace"))
                    if action is not None:
                        action()
        except InitError as reason:
            logging.debug(reason)
        except Exception as error:
            logging.warning("The keyboard commands are off from now on: %s", error)

    return listen
