"""Draws a terminal's text as an SVG picture, for the README.

    locustella ... 2>&1 | python tests/support/terminal_picture.py "$ locustella ..." > docs/run.svg

Reads standard input; the first argument is the command line shown above it.
"""

from __future__ import annotations

import sys
from html import escape

CHARACTER, LINE, MARGIN = 6.65, 14.5, 14.0  # pixels, for an 11 px monospaced face
NO_BREAK = "\u00a0"  # SVG folds plain spaces


def picture(lines: list[str]) -> str:
    """An SVG of these lines, light on dark."""
    width = max(map(len, lines), default=1) * CHARACTER + 2 * MARGIN
    height = len(lines) * LINE + 2 * MARGIN
    rows = "\n".join(
        f'<text x="{MARGIN}" y="{MARGIN + (number + 0.8) * LINE:.1f}">{escape(line).replace(" ", NO_BREAK)}</text>'  # noqa: E501
        for number, line in enumerate(lines)
    )
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}">
<rect width="100%" height="100%" rx="6" fill="#14171c"/>
<g font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="11" fill="#d7dce2">
{rows}
</g>
</svg>
"""  # noqa: E501


if __name__ == "__main__":
    shown = (
        [sys.argv[1], *sys.stdin.read().splitlines()]
        if len(sys.argv) > 1
        else sys.stdin.read().splitlines()
    )
    sys.stdout.write(picture([line.rstrip() for line in shown]))
