"""Puts the tables of a report into a page of the documentation, between two marker comments.

    page = fill_page(page, report)

The markers are lines of their own: `<!-- results -->` and `<!-- end of results -->`. What stands
between them is replaced; the rest of the page is left as it is.
"""

from __future__ import annotations

import re

from report import Report
from tables import to_markdown

_BEGIN = "<!-- results -->"
_END = "<!-- end of results -->"


def fill_page(page: str, report: Report) -> str:
    """Raises ValueError where the page does not have both markers in order."""
    pattern = re.compile(f"{re.escape(_BEGIN)}.*?{re.escape(_END)}", re.DOTALL)
    if not pattern.search(page):
        raise ValueError(f"the page has no lines {_BEGIN} and {_END}")
    machine = "\n".join(f"- {key}: {value}" for key, value in report.machine.items())
    options = ", ".join(f"{key} {value}" for key, value in report.options.items())
    tables = "\n\n".join(to_markdown(table) for table in report.tables())
    filled = f"{_BEGIN}\n\n{machine}\n- options: {options}\n\n{tables}\n\n{_END}"
    return pattern.sub(lambda _: filled, page)
