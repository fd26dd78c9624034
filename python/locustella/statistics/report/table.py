"""A table that stays usable with ten thousand rows.

    Table("requests", [Column("Name", "name"), Column("Requests")], rows, total).html()

A browser is slow at laying rows out, not at reading them. So the first PAGE_ROWS rows stand in the
table, and all others in a <template> beside it, which is parsed but neither laid out nor painted.
The script shows them page by page, sorts and filters them all; without it, a note says how many
are missing. The row of totals stays at the bottom, on every page.

Thread: any.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .markup import escaped

PAGE_ROWS = 200


class Column(NamedTuple):
    """`kind`: "number" (right-aligned, sorted by value), "name" or "text"; see style.css."""

    title: str
    kind: str = "number"
    hint: str = ""

    @property
    def is_text(self) -> bool:
        return self.kind in ("name", "text")


def _hint(column: Column) -> str:
    return f' title="{escaped(column.hint)}"' if column.hint else ""


class Group(NamedTuple):
    """A title above several neighbouring columns."""

    title: str
    columns: int


@dataclass
class Table:
    """`rows` and `total` are cells as HTML, one for each column."""

    css_class: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[str]]
    total: Sequence[str] | None = None
    groups: Sequence[Group] = field(default_factory=tuple)

    def html(self) -> str:
        lines = [self._row(row) for row in self.rows]
        shown, others = lines[:PAGE_ROWS], lines[PAGE_ROWS:]
        foot = f"<tfoot>{self._row(self.total)}</tfoot>" if self.total else ""
        rest = ""
        if others:
            rest = (
                f"<template>{''.join(others)}</template><noscript><p class='note'>These are the "
                f"first {len(shown)} rows of {len(lines):,}: the page's script, which does not run "
                "here, shows the others.</p></noscript>"
            )
        return (
            f'<div class="paged" data-page="{PAGE_ROWS}"><div class="scroll" tabindex="0" '
            f'role="region" aria-label="Table: {self.css_class}">'
            f'<table class="{self.css_class}"><thead>{self._head()}</thead>'
            f"<tbody>{''.join(shown)}</tbody>{foot}</table></div>{rest}</div>\n"
        )

    def _head(self) -> str:
        groups = "".join(
            f'<th colspan="{group.columns}" scope="colgroup">{escaped(group.title)}</th>'
            if group.title
            else f'<td colspan="{group.columns}"></td>'
            for group in self.groups
        )
        titles = "".join(
            f'<th class="{column.kind}" scope="col"{_hint(column)}>{escaped(column.title)}</th>'
            for column in self.columns
        )
        return (f'<tr class="groups">{groups}</tr>' if groups else "") + f"<tr>{titles}</tr>"

    def _row(self, cells: Sequence[str]) -> str:
        # Numbers are most of a page of ten thousand rows, hence no class on their cells.
        parts = [
            f'<td class="{column.kind}">{cell}</td>' if column.is_text else f"<td>{cell}</td>"
            for column, cell in zip(self.columns, cells, strict=True)
        ]
        return f"<tr>{''.join(parts)}</tr>\n"
