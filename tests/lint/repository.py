"""What the lint tests look at: the repository's own files, as git sees them, with what is new and
not ignored.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CPP_SUFFIXES = {".cpp", ".hpp", ".h", ".c"}


@cache
def files() -> tuple[Path, ...]:
    """Every file that is tracked or could be, relative to the root; those deleted in the work tree
    are left out.
    """
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return tuple(
        sorted(Path(name) for name in set(listing.split("\0")) if name and (ROOT / name).is_file())
    )


def below(*folders: str, suffixes: set[str]) -> Iterator[Path]:
    """The files of these suffixes in these top-level folders."""
    return (f for f in files() if f.parts[0] in folders and f.suffix in suffixes)


@cache
def text_of(file: Path) -> str:
    """Its text; empty for what is not text."""
    try:
        return (ROOT / file).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def listed(violations: list[str]) -> str:
    """The violations as a message, one in a line."""
    return f"{len(violations)} in all:\n  " + "\n  ".join(violations)
