"""Puts the tables of a report into a page of the documentation, between two marker comments.

    page = fill_page(page, report)
    page = fill_page(page, report, "call forms")    # of another run

The markers are lines of their own: `<!-- results -->` and `<!-- end of results -->`. What stands
between them is replaced; the rest of the page is left as it is.
"""

from __future__ import annotations

import re

from report import Report
from tables import to_markdown


def fill_page(page: str, report: Report, part: str = "results") -> str:
    """Raises ValueError where the page does not have both markers in order."""
    begin, end = f"<!-- {part} -->", f"<!-- end of {part} -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not pattern.search(page):
        raise ValueError(f"the page has no lines {begin} and {end}")
    machine = "\n".join(f"- {key}: {value}" for key, value in report.machine.items())
    options = ", ".join(f"{key} {value}" for key, value in report.options.items())
    tables = "\n\n".join(to_markdown(table) for table in report.tables())
    filled = f"{begin}\n\n{machine}\n- options: {options}\n\n{tables}\n\n{end}"
    return pattern.sub(lambda _: filled, page)
