"""A terminal's screen, as far as lines that stay at its bottom need one.

    screen = SmallTerminal(columns=80, rows=24)
    screen.feed("one\\r\\ntwo\\r\\n")
    screen.lines                            # ["one", "two", "", ...], without blanks at their ends
    screen.gone                             # the lines that have scrolled away at its top

It knows what VT100 knows of: CR, LF, ESC 7, ESC 8, ESC D, and the sequences CSI r, H, A, J, K, m,
?7h and ?7l. Anything else is an error. Lines that are too long go on in the next row, unless
that is switched off.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\x1b\[(\??[\d;]*)([A-Za-z])|\x1b([78D])|([\r\n])|([^\x1b\r\n])")


class SmallTerminal:
    """What one would see."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.gone: list[str] = []
        self._cells = [[" "] * columns for _ in range(rows)]
        self.row, self.column = 0, 0
        self._saved = (0, 0)
        self._top, self._bottom = 0, rows - 1
        self._wraps = True

    @property
    def lines(self) -> list[str]:
        return ["".join(cells).rstrip() for cells in self._cells]

    @property
    def text(self) -> list[str]:
        """All that was written, what has scrolled away included, up to the last line with text."""
        lines = [*self.gone, *self.lines]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    @property
    def scrolls_all(self) -> bool:
        return (self._top, self._bottom) == (0, self.rows - 1)

    def feed(self, text: str) -> None:
        at = 0
        while at < len(text):
            token = _TOKEN.match(text, at)
            if token is None:
                raise ValueError(f"an unknown sequence: {text[at : at + 12]!r}")
            at = token.end()
            numbers, command, escape, control, character = token.groups()
            if command is not None:
                self._command(numbers, command)
            elif escape is not None:
                self._escape(escape)
            elif control is not None:
                self._control(control)
            else:
                self._put(character)

    def resize(self, columns: int, rows: int) -> None:
        """As terminals do that keep the first lines; all of it scrolls again."""
        kept = [[*cells[:columns], *" " * (columns - len(cells))] for cells in self._cells[:rows]]
        kept += [[" "] * columns for _ in range(rows - len(kept))]
        surplus = max(self.row - rows + 1, 0)
        if surplus:
            self.gone += self.lines[:surplus]
            kept = [
                [*cells[:columns], *" " * (columns - len(cells))]
                for cells in self._cells[surplus : surplus + rows]
            ]
        self._cells, self.columns, self.rows = kept, columns, rows
        self.row, self.column = self.row - surplus, min(self.column, columns - 1)
        self._top, self._bottom = 0, rows - 1

    def _command(self, numbers: str, command: str) -> None:
        given = [int(number) for number in numbers.strip("?").split(";") if number]
        if command == "r":
            first, last = given or (1, self.rows)
            self._top, self._bottom = first - 1, last - 1
            self.row, self.column = 0, 0
        elif command == "H":
            row, column = given or (1, 1)
            self.row, self.column = min(row, self.rows) - 1, min(column, self.columns) - 1
        elif command == "A":
            self.row = max(self.row - given[0], 0)
        elif command == "J" and not given:
            self._erase(self.row, self.column)
            for row in range(self.row + 1, self.rows):
                self._erase(row, 0)
        elif command == "K" and given == [2]:
            self._erase(self.row, 0)
        elif numbers == "?7" and command in "hl":
            self._wraps = command == "h"
        elif command != "m":
            raise ValueError(f"an unknown sequence: CSI {numbers}{command}")

    def _escape(self, escape: str) -> None:
        if escape == "7":
            self._saved = (self.row, self.column)
        elif escape == "8":
            self.row, self.column = self._saved
        else:
            self._down()

    def _control(self, control: str) -> None:
        if control == "\r":
            self.column = 0
        else:
            self._down()

    def _down(self) -> None:
        if self.row != self._bottom:
            self.row = min(self.row + 1, self.rows - 1)
            return
        if self._top == 0:
            self.gone.append(self.lines[0])
        del self._cells[self._top]
        self._cells.insert(self._bottom, [" "] * self.columns)

    def _put(self, character: str) -> None:
        if self.column == self.columns:
            if self._wraps:
                self.column = 0
                self._down()
            else:
                self.column = self.columns - 1
        self._cells[self.row][self.column] = character
        self.column += 1

    def _erase(self, row: int, column: int) -> None:
        self._cells[row][column:] = [" "] * (self.columns - column)
