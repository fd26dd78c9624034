"""Writes docs/compat.md: every public name and option of Locust, and how it stands with us.

    LOCUSTELLA_STOCK_PYTHON=/path/to/stock-venv/bin/python python tests/support/compat_table.py

The names come from the installed stock Locust (public_names.py); what is the same is found out, not
said. Only the reasons why something differs are written by hand: compat_reasons.py.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

if __package__:
    from .compat_reasons import DIFFERS, NOT_YET, OPTIONS_NOT_YET
else:
    from compat_reasons import DIFFERS, NOT_YET, OPTIONS_NOT_YET  # type: ignore[no-redef]

HERE = Path(__file__).parent
TABLE = HERE.parents[1] / "docs" / "compat.md"
STOCK_PYTHON = "LOCUSTELLA_STOCK_PYTHON"
MOST_COLUMNS = 120

SAME, MORE, MISSING = "same", "accepts more", "missing"
Parameters = list[list[Any]]  # [name, kind, default] of each

INTRODUCTION = """\
# Names and options of Locust

Every public name of stock Locust {version}, module by module, and every option of its command
line, as they stand here. The page is made by

    LOCUSTELLA_STOCK_PYTHON=/path/to/stock-venv/bin/python python tests/support/compat_table.py

and a test fails where it is out of date, or where a name or a parameter is missing without a reason
(tests/support/compat_reasons.py).

- **same**: the same parameters, with the same defaults; or the same option, with the same default,
  variable and attribute.
- **accepts more**: every call that stock Locust takes, and others.
- **differs**, **not there yet**: as it says.

A name is public if it does not begin with an underscore and is Locust's own. A class is described
in the module that defines it; attributes that its code sets on instances count as members.
"""


class Row(NamedTuple):
    """One name: `key` is "module.name" or "module.Class.member"."""

    key: str
    shown: str
    state: str


def described(python: str, *arguments: str) -> Any:
    """What public_names.py finds in that interpreter."""
    done = subprocess.run(
        [python, str(HERE / "public_names.py"), *arguments],
        capture_output=True, text=True, check=True, cwd=tempfile.gettempdir(),
    )  # fmt: skip
    return json.loads(done.stdout)


def both(stock_python: str) -> tuple[Any, Any]:
    """(stock's names, ours)."""
    stock = described(stock_python)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(stock, file)
        file.flush()
        return stock, described(sys.executable, file.name)


# -- one name against the other ------------------------------------------------------------------


def compared(stock: Parameters | None, ours: Parameters | None) -> str:
    """SAME, MORE, or what of stock's parameters ours does not take."""
    if stock is None or (ours is not None and _essence(stock) == _essence(ours)):
        return SAME
    if ours is None:
        return "has parameters that Python cannot tell"
    names = [name for name, *_ in ours]
    kinds = {kind for _, kind, _ in ours}
    by_place = [name for name, kind, _ in ours if kind.startswith("POSITIONAL")]
    place = 0
    for name, kind, default in stock:
        if kind in ("VAR_POSITIONAL", "VAR_KEYWORD"):
            if kind not in kinds:
                return f"takes no {'*' if kind == 'VAR_POSITIONAL' else '**'}{name}"
            continue
        if name in names:
            _, own_kind, own_default = ours[names.index(name)]
            if own_kind == "POSITIONAL_ONLY" and kind != own_kind:
                return f"`{name}` by its place only"
            if default is not None and own_default is None:
                return f"`{name}` has to be given"
            if default not in (None, "...", own_default) and own_default != "...":
                return f"`{name}={own_default}`"
        elif "VAR_KEYWORD" not in kinds and kind != "POSITIONAL_ONLY":
            return f"takes no `{name}`"
        if kind.startswith("POSITIONAL"):
            if by_place[place : place + 1] not in ([name], []) and kind != "POSITIONAL_ONLY":
                return f"`{name}` at another place"
            if place >= len(by_place) and "VAR_POSITIONAL" not in kinds:
                return f"`{name}` by its name only"
            place += 1
    stocks = {name for name, *_ in stock}
    for name, kind, default in ours:
        if name not in stocks and default is None and not kind.startswith("VAR"):
            return f"wants `{name}`"
    return MORE


def _essence(parameters: Parameters) -> Parameters:
    return [
        ["" if kind.startswith("VAR") else name, kind, "..." if default == "..." else default]
        for name, kind, default in parameters
    ]


def signature(parameters: Parameters | None) -> str:
    """As it is written in a call, defaults left out where there is no room for them."""
    if parameters is None:
        return "()"
    words, keywords_only = [], False
    for name, kind, default in parameters:
        if kind == "KEYWORD_ONLY" and not keywords_only:
            keywords_only = True
            words.append("*")
        stars = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(kind, "")
        keywords_only |= kind == "VAR_POSITIONAL"
        words.append(f"{stars}{name}" + (f"={default}" if default is not None else ""))
    return f"({', '.join(words)})"


def state_of(key: str, found: str) -> str:
    """What the page says; a name that is missing or narrower needs a reason."""
    if key in OPTIONS_NOT_YET:
        return f"not there yet: {OPTIONS_NOT_YET[key]}"
    if found in (SAME, MORE):
        return found
    if found == MISSING and (reason := _of(key, NOT_YET)):
        return f"not there yet: {reason}"
    if reason := _of(key, DIFFERS) if found == MISSING else DIFFERS.get(key):
        return f"differs: {reason}"
    return found


def _of(key: str, reasons: dict[str, str]) -> str | None:
    """That of the name, or of what it is in."""
    while key and key not in reasons:
        key = key.rpartition(".")[0]
    return reasons.get(key)


def rows_of_module(module: str, stock: Any, ours: Any) -> Iterator[Row]:
    for name, theirs in stock.items():
        key, own = f"{module}.{name}", (ours or {}).get(name)
        if theirs["kind"] == "class" and theirs["home"] not in (module, None):
            shown = f"{name} (of {theirs['home']})"
            yield Row(key, shown, state_of(key, SAME if own else MISSING))
            continue
        with_call = theirs["kind"] in ("class", "function")
        shown = name + (signature(theirs["parameters"]) if with_call else "")
        if own is None:
            yield Row(key, shown, state_of(key, MISSING))
        else:
            parameters = own.get("parameters")
            found = compared(theirs["parameters"], parameters) if with_call else SAME
            yield Row(key, shown, state_of(key, found))
        yield from _rows_of_members(key, theirs, own)


def _rows_of_members(key: str, theirs: Any, own: Any) -> Iterator[Row]:
    for name, member in theirs.get("members", {}).items():
        mine = own.get("members", {}).get(name) if own else None
        shown = name + (signature(member["parameters"]) if member["is_called"] else "")
        found = MISSING
        if mine is not None:
            found = compared(member["parameters"], mine["parameters"])
        yield Row(f"{key}.{name}", shown, state_of(f"{key}.{name}", found))


def rows(stock: Any, ours: Any) -> dict[str, list[Row]]:
    """Those of each module."""
    return {
        module: list(rows_of_module(module, names, ours["modules"].get(module)))
        for module, names in stock["modules"].items()
    }


def option_rows(stock: Any, ours: Any) -> Iterator[Row]:
    """Each option of the command line."""
    by_spelling = {
        spelled: whole
        for name, whole in ours["options"].items()
        for spelled in (name, *whole["spellings"])
    }
    for option, theirs in stock["options"].items():
        shown = f"`{', '.join(theirs['spellings'] or [option])}`"
        if theirs["environment"]:
            shown += f" | `{theirs['environment']}`"
        else:
            shown += " |"
        found = _compared_options(theirs, by_spelling.get(option))
        yield Row(option, shown, state_of(option, found))


def _compared_options(theirs: Any, mine: Any) -> str:
    if mine is None:
        return MISSING
    if lost := set(theirs["spellings"]) - set(mine["spellings"]):
        return f"without {', '.join(sorted(lost))}"
    for what in ("environment", "attribute", "takes", "default"):
        if theirs[what] != mine[what]:
            return f"{what}: {mine[what]}"
    if lost := set(theirs["choices"]) - set(mine["choices"]):
        return f"does not take {', '.join(sorted(lost))}"
    return SAME if theirs["choices"] == mine["choices"] else MORE


# -- the page ------------------------------------------------------------------------------------


def page(stock: Any, ours: Any) -> str:
    """The whole text."""
    parts = [INTRODUCTION.format(version=stock["version"])]
    parts.append("## Options of the command line\n")
    parts.append("| option | environment | state |\n|---|---|---|")
    parts += [f"| {row.shown} | {row.state} |" for row in option_rows(stock, ours)]
    parts.append("\n## Names\n")
    for module, found in rows(stock, ours).items():
        parts.append(f"### {module}\n")
        parts += list(_lines_of_module(module, found))
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def _lines_of_module(module: str, found: list[Row]) -> Iterator[str]:
    """One entry to each name; members of a class together, by their state."""
    plain: dict[str, list[str]] = {}
    classes: list[tuple[Row, dict[str, list[str]]]] = []
    for row in found:
        name = row.key.removeprefix(module + ".")
        if "." in name:
            classes[-1][1].setdefault(row.state, []).append(row.shown)
        elif any(other.key.startswith(row.key + ".") for other in found):
            classes.append((row, {}))
        else:
            plain.setdefault(row.state, []).append(row.shown)
    for state, names in plain.items():
        yield _entry(f"- {state}:", names, "  ")
    for row, members in classes:
        yield _entry(f"- {row.state}: class", [row.shown], "  ")
        for state, names in members.items():
            with_class = state == row.state and state not in (SAME, MORE)
            yield _entry("  -" if with_class else f"  - {state}:", names, "    ")
    if not found:
        yield "Nothing of its own."


def _entry(beginning: str, names: list[str], indent: str) -> str:
    words = f"{beginning} {', '.join(f'`{name}`' for name in names)}"
    return textwrap.fill(
        words, MOST_COLUMNS, subsequent_indent=indent, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def unexplained(stock: Any, ours: Any) -> list[str]:
    """What is missing, or takes less than stock's, without a reason."""
    found = [row for some in rows(stock, ours).values() for row in some]
    found += option_rows(stock, ours)
    explained = (SAME, MORE, "not there yet: ", "differs: ")
    return [f"{row.key}: {row.state}" for row in found if not row.state.startswith(explained)]


def needless(stock: Any, ours: Any) -> list[str]:
    """Reasons for differences that are none any more."""
    found = [row for some in rows(stock, ours).values() for row in some]
    found += option_rows(stock, ours)
    used = {row.state for row in found}
    return [key for key, reason in DIFFERS.items() if f"differs: {reason}" not in used]


def main() -> int:
    """Writes the page; the exit code is 1 if something has no reason."""
    python = os.environ.get(STOCK_PYTHON)
    if not python:
        print(f"{STOCK_PYTHON} does not name the Python of a venv with stock Locust")
        return 2
    stock, ours = both(python)
    TABLE.write_text(page(stock, ours), encoding="utf-8")
    for line in (problems := unexplained(stock, ours)):
        print(line)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
