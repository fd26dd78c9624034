"""The shape of the tree: what lies at the top, and what files may be called."""

from __future__ import annotations

import re
import tomllib

from repository import ROOT, files, listed, text_of

TOP_LEVEL = {
    ".clang-format", ".clang-tidy", ".ci", ".gitattributes", ".github", ".gitignore",
    "CHANGELOG.md", "CMakeLists.txt", "CMakePresets.json", "LICENSE", "Makefile", "README.md",
    "core", "docs", "locustfiles", "plugins", "pyproject.toml", "python", "tests",
}  # fmt: skip
SAYS_NOTHING = {"util", "utils", "common", "helper", "helpers", "misc"}
# Locust's own module names, which locustfiles import.
LOCUSTS_NAMES = ("python/locustella/util/",)


def test_the_top_level_holds_only_what_belongs_there():
    assert {file.parts[0] for file in files()} <= TOP_LEVEL


def test_names_say_what_is_in_a_file():
    violations = [
        str(file)
        for file in files()
        if not str(file).startswith(LOCUSTS_NAMES)
        and SAYS_NOTHING
        & {word for part in file.parts for word in re.split(r"[^a-z]+", part.lower())}
    ]
    assert not violations, listed(violations)


def test_the_changelog_knows_this_version():
    places = [place for place in ("CHANGELOG.md", "docs/changelog.md") if (ROOT / place).is_file()]
    assert places, "there is no changelog"
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert any(version in text_of((ROOT / place).relative_to(ROOT)) for place in places), (
        f"nothing about {version}"
    )
