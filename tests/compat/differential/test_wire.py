"""20,000 generated requests of each client, sent by stock Locust and by us: the same bytes, the
same responses.

    LOCUSTELLA_STOCK_PYTHON=/path/to/stock/bin/python python -m pytest tests/compat/differential

One test for each client and category. A failure prints the first cases that differ, both sides one
above the other; known_differences.py has those that are meant. """

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from compat.conftest import STOCK_PYTHON

from .both_sides import LIMIT_S, Pair, both_sides
from .cases import CATEGORIES, TOTAL

# The first test of a client sends all its requests.
pytestmark = pytest.mark.timeout(LIMIT_S + 60)

_MOST_SHOWN = int(os.environ.get("DIFFERENTIAL_SHOWN", "5"))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, list[Pair]]]]:
    """Each client's pairs by category, run when the first of its tests asks."""
    python = os.environ.get(STOCK_PYTHON)
    if not python:
        pytest.skip(f"{STOCK_PYTHON} does not name the Python of a venv with stock Locust")
    yield _Runs(python, tmp_path_factory.mktemp("differential"))


class _Runs(dict):
    def __init__(self, python: str, folder: Path) -> None:
        super().__init__()
        self._python, self._folder = python, folder

    def __missing__(self, kind: str) -> dict[str, list[Pair]]:
        self[kind] = both_sides(kind, self._python, self._folder)
        return self[kind]


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("kind", ["http", "fast"])
def test_same_as_stock(found, kind: str, category: str) -> None:
    differing = [pair for pair in found[kind][category] if pair.differences()]
    shown = "\n\n".join(pair.described() for pair in differing[:_MOST_SHOWN])
    assert not differing, (
        f"{len(differing)} of {len(found[kind][category])} requests differ:\n\n{shown}"
    )


@pytest.mark.parametrize("kind", ["http", "fast"])
def test_all_requests_were_sent(found, kind: str) -> None:
    assert sum(len(pairs) for pairs in found[kind].values()) == TOTAL
