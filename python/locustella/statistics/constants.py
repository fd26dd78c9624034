"""The constants of `locustella.stats` as they stand at this moment.

Users assign them at run time (`locust.stats.PERCENTILES_TO_REPORT = [...]`), so the modules that
make up the statistics never import one by value; they say `settings.PERCENTILES_TO_REPORT` and get
whatever `locustella.stats` holds then.
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    from .. import stats

    return getattr(stats, name)
