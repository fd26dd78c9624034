"""What may differ between the two in a story, each with its reason."""

from __future__ import annotations

from typing import Any


def is_meant(stock: list[Any], ours: list[Any]) -> bool:
    """Whether these two rows differ only in what is meant to."""
    return any(rule(stock, ours) for rule in _RULES)


def _words_of_a_type_error(stock: list[Any], ours: list[Any]) -> bool:
    """Both are TypeErrors; a call that is wrong in two ways is told of one."""
    return _raised(stock) == _raised(ours) == "TypeError" and stock[2:] == ours[2:]


def _raised(row: list[Any]) -> str | None:
    fact = row[1]
    return fact["raised"][0] if isinstance(fact, dict) and "raised" in fact else None


def _user_agent_of_the_client(stock: list[Any], ours: list[Any]) -> bool:
    """geventhttpclient adds its User-Agent below the request where `default_headers` have none; we
    show it.
    """
    if stock[0] != "base_url" or not isinstance(stock[1], list):
        return False
    url, fields = ours[1]
    return [url, [field for field in fields if field[0] != "user-agent"]] == stock[1] and stock[
        2:
    ] == ours[2:]


_RULES = (_words_of_a_type_error, _user_agent_of_the_client)
