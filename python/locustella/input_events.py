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
from collections.abc import Callable
from select import select


class InitError(Exception):
    """There is no keyboard: stdin is no terminal."""


class UnixKeyPoller:
    """The terminal on stdin, giving each key at once, until `cleanup()`: then it is as it was."""

    def __init__(self) -> None:
        if not sys.stdin or not sys.stdin.isatty():
            raise InitError("stdin is no terminal: the keyboard commands are off")
        self.stdin = sys.stdin.fileno()
        self.tattr = termios.tcgetattr(self.stdin)
        tty.setcbreak(self.stdin, termios.TCSANOW)

    def cleanup(self) -> None:
        termios.tcsetattr(self.stdin, termios.TCSANOW, self.tattr)

    def poll(self) -> str | None:
        """The key that was pressed; None if there is none, "" once the terminal is gone."""
        return self._read() if select([self.stdin], [], [], 0)[0] else None

    def wait(self) -> str:
        """The next key, while others run."""
        select([self.stdin], [], [])  # gevent's, by then
        return self._read()

    def _read(self) -> str:
        return os.read(self.stdin, 1).decode(errors="replace")


def get_poller() -> UnixKeyPoller:
    """The keyboard of this process; InitError if there is none."""
    return UnixKeyPoller()


def input_listener(key_to_func_map: dict[str, Callable[[], None]]) -> Callable[[], None]:
    """A function that calls the function of each key pressed, until its greenlet is killed.

    It returns at once where stdin is no terminal, and when the terminal goes away.
    """

    def listen() -> None:
        try:
            keyboard = get_poller()
        except InitError as reason:
            logging.debug(reason)
            return
        try:
            while key := keyboard.wait():
                action = key_to_func_map.get(key)
                if action is not None:
                    action()
        except Exception as error:
            logging.warning("The keyboard commands are off from now on: %s", error)
        finally:
            keyboard.cleanup()

    return listen
