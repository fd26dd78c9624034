"""How samples are written, by the ending of the file's name.

    form_of("out/samples.csv.gz")          # SampleForm(csv=True, gzip=True, parquet=False)

    ending                          form
    .jsonl, .ndjson, .json          JSON lines: an object a line
    .csv                            CSV
    one of these and .gz            the same, packed by gzip
    .parquet                        Parquet, if pyarrow is there

What the columns mean: docs/statistics.md.

Thread: any.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import NamedTuple

ENDINGS = ".jsonl, .csv, .jsonl.gz, .csv.gz or .parquet"


class SampleForm(NamedTuple):
    """One of the forms; none of the three: JSON lines."""

    csv: bool = False
    gzip: bool = False
    parquet: bool = False


def form_of(path: str) -> SampleForm | None:
    """None: the ending says nothing."""
    name = path.lower()
    if name.endswith(".parquet"):
        return SampleForm(parquet=True)
    packed = name.endswith(".gz")
    name = name.removesuffix(".gz")
    if name.endswith(".csv"):
        return SampleForm(csv=True, gzip=packed)
    if name.endswith((".jsonl", ".ndjson", ".json")):
        return SampleForm(gzip=packed)
    return None


def missing_for(form: SampleForm) -> str | None:
    """What has to be installed first, in words."""
    if form.parquet and find_spec("pyarrow") is None:
        return "Parquet needs pyarrow: pip install pyarrow"
    return None
