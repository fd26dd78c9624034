"""What callgrind writes, read: how many instructions each function has executed itself.

    read_dump(text)     # Dump(trigger="0:100", own={"dict_get_item": 5100, ...})

Its grammar, as far as it matters here (callgrind's manual, "Callgrind Format Specification"):

    desc: Trigger: Client Request: NAME
    fn=(3) name         the function that the cost lines below belong to; "fn=(3)" from then on
    calls=COUNT WHERE   the next line has what a called function cost, which is not this one's own
    SUBPOSITION COST    such as "22 50", "+1 50", "* 3"
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

_FUNCTION = re.compile(r"c?fn=\((\d+)\)(?: (.*))?")
_COST = re.compile(r"[-+*\d]\S* (\d+)")
_TRIGGER = "desc: Trigger: Client Request: "
_LONGEST_NAME = 90


@dataclass(frozen=True)
class Dump:
    """One dump: what asked for it, and the instructions by function."""

    trigger: str
    own: Counter[str]


def read_dump(text: str) -> Dump:
    trigger, function, called = "", "", False
    names: dict[str, str] = {}
    own: Counter[str] = Counter()
    for line in text.splitlines():
        if match := _FUNCTION.fullmatch(line):
            number, name = match.groups()
            if name is not None:
                names[number] = name[:_LONGEST_NAME]
            if line[0] == "f":
                function = names[number]
        elif line.startswith("calls="):
            called = True
        elif match := _COST.fullmatch(line):
            if not called:
                own[function] += int(match.group(1))
            called = False
        elif line.startswith(_TRIGGER):
            trigger = line.removeprefix(_TRIGGER)
    return Dump(trigger, own)
