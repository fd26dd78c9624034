"""Configuration files: options written as `users = 50`, or in a TOML file's [tool.locust].

Read in this order, later ones winning: ~/.locust.conf, ./locust.conf, ./pyproject.toml, and the
file given with --config. Environment variables (LOCUST_USERS) win over files, and the command line
over everything.
"""

from __future__ import annotations

from typing import Any, TextIO

import configargparse

DEFAULT_CONFIG_FILES = ("~/.locust.conf", "locust.conf", "pyproject.toml")


class LocustTomlConfigParser(configargparse.TomlConfigParser):  # type: ignore[misc]  # untyped
    """The first of its sections that a TOML file has; a list stays one, other values are text."""

    def parse(self, stream: TextIO) -> dict[str, Any]:
        import tomllib  # for the few who have such a file

        try:
            document = tomllib.loads(stream.read())
        except Exception as error:
            raise configargparse.ConfigFileParserException(
                f"{stream.name} is not valid TOML: {error}"
            ) from error
        for name in self.sections:
            section = configargparse.get_toml_section(document, name)
            if section:
                return {
                    key: value if isinstance(value, list) else str(value)
                    for key, value in section.items()
                    if value is not None
                }
        if stream.name.endswith("toml"):
            return {}  # somebody else's pyproject.toml
        raise configargparse.ConfigFileParserException(f"{stream.name} has no {self.sections}")


class LocustConfigParser(configargparse.ConfigFileParser):  # type: ignore[misc]  # untyped
    """TOML for files that end in .toml, `key = value` lines for all others."""

    def parse(self, stream: TextIO) -> dict[str, Any]:
        if stream.name.endswith(".toml"):
            return LocustTomlConfigParser(["tool.locust"]).parse(stream)
        return configargparse.DefaultConfigFileParser().parse(stream)

    def get_syntax_description(self) -> str:
        return "Lines of the form key = value, or the section [tool.locust] of a .toml file."
