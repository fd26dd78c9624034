"""Lines that stay at the bottom of a terminal, below whatever anybody writes there.

    foot = ScreenFoot(write, size)
    foot.show(["users 5", "rps 12"])       # again and again
    ...                                    # log records, print() and child processes write above
    foot.close()                           # as if it had never been there

The foot's rows are taken out of what the terminal scrolls (its scrolling region), so nobody who
writes has to know of it, and nothing is torn. It is drawn with one write, which leaves the cursor
where it was. Below the cursor there is nothing but the foot and blank rows; so when the size of the
window or of the foot changes, all below the cursor is erased, and the foot put there anew.

    sequence                    what the terminal does
    ESC 7, ESC 8                notes the cursor, and has it there again
    ESC D                       goes one row down, and scrolls at the end
    CSI first ; last r          scrolls these rows only; without numbers all. The cursor goes home
    CSI row ; column H          the cursor goes there
    CSI rows A                  the cursor goes so many rows up
    CSI J, CSI 2 K              erases what is below and behind the cursor, its row
    CSI ?7l, CSI ?7h            cuts lines that are too long, or lets them go on in the next row

Thread: the hub's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

SAVE, RESTORE = "\x1b7", "\x1b8"
ONE_DOWN = "\x1bD"
ALL_SCROLLS = "\x1b[r"
ERASE_BELOW, ERASE_ROW = "\x1b[J", "\x1b[2K"
CUT_LINES, WRAP_LINES = "\x1b[?7l", "\x1b[?7h"

LEAST_ROWS_ABOVE = 4  # for what others write; a lower window has no foot

Size = tuple[int, int]  # columns, rows


class ScreenFoot:
    """The last rows of one terminal."""

    def __init__(self, write: Callable[[str], object], size: Callable[[], Size | None]) -> None:
        """
        :param write: to the terminal, at once
        :param size: of its window as it is now; None: there is no terminal any more
        """
        self._write = write
        self._size = size
        self._height = 0  # rows taken out of the scrolling region
        self._drawn_in: Size | None = None
        self._closed = False

    def show(self, lines: Sequence[str]) -> None:
        """In place of what was shown; the first ones if there is no room for all of them."""
        size = None if self._closed else self._size()
        if size is None:
            return
        rows = size[1]
        lines = lines[: max(rows - LEAST_ROWS_ABOVE, 0)]
        text = ""
        if size != self._drawn_in or len(lines) != self._height:
            text = self._taken_away() + self._room_for(len(lines), rows)
            self._height, self._drawn_in = len(lines), size
        first = rows - len(lines) + 1
        drawn = (f"\x1b[{first + i};1H{ERASE_ROW}{line}" for i, line in enumerate(lines))
        self._write(f"{text}{SAVE}{CUT_LINES}{''.join(drawn)}{WRAP_LINES}{RESTORE}")

    def close(self) -> None:
        """Takes it away for good."""
        self._closed = True
        if self._height:
            text, self._height = self._taken_away(), 0
            self._write(text)

    def _taken_away(self) -> str:
        return f"{SAVE}{ALL_SCROLLS}{RESTORE}{ERASE_BELOW}" if self._height else ""

    def _room_for(self, height: int, rows: int) -> str:
        """At the bottom, with the cursor above it."""
        if not height:
            return ""
        return f"{ONE_DOWN * height}\x1b[{height}A{SAVE}\x1b[1;{rows - height}r{RESTORE}"
