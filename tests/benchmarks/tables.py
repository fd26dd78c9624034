"""A table as rows of text, and its two faces: plain text for a terminal, Markdown for the docs.

    table = Table("Idle user", ("client", "KiB"), [("stock HttpUser", "41.0")], notes=["PSS."])
    print(to_text(table))
    print(to_markdown(table))

Names stand to the left, numbers to the right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Table:
    """The first columns are names and stand to the left, as many as `names` says; the rest right.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    names: int = 1
    notes: Sequence[str] = field(default_factory=tuple)


def to_text(table: Table) -> str:
    widths = [
        max(len(row[column]) for row in [table.columns, *table.rows])
        for column in range(len(table.columns))
    ]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.ljust(width) if column < table.names else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return "  ".join(padded).rstrip()

    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    lines = [table.title, line(table.columns), rule, *(line(row) for row in table.rows)]
    return "\n".join(lines + [f"  {note}" for note in table.notes])


def to_markdown(table: Table) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    align = ["---" if column < table.names else "---:" for column in range(len(table.columns))]
    lines = [f"### {table.title}", "", line(table.columns), line(align)]
    lines += [line(row) for row in table.rows]
    if table.notes:
        lines += ["", *table.notes]
    return "\n".join(lines)
