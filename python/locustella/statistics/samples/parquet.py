"""A Parquet file of samples, made of their CSV file when the run is over.

    parquet_of("samples.parquet.csv", "samples.parquet")

While users run nothing of it happens: pyarrow is Python's, and would stop them. It reads and writes
piece by piece, so memory does not grow with the file.

Thread: the hub's, which stands still meanwhile.
"""

from __future__ import annotations

_BYTES_AT_ONCE = 16 << 20
_WHOLE = ("start_ns", "offset_ns", "scheduled_ns", "recorded_ns", "status")
_MILLISECONDS = (
    "response_time_ms", "dns_ms", "connect_ms", "tls_ms", "send_ms", "first_byte_ms", "receive_ms",
)  # fmt: skip
_TEXTS = ("method", "name", "user", "error", "certainty")


def parquet_of(csv_path: str, path: str) -> None:
    """Puts the Parquet file in place of what is at `path`."""
    import pyarrow
    from pyarrow import csv, parquet

    types = {
        **{title: pyarrow.int64() for title in _WHOLE},
        **{title: pyarrow.float64() for title in (*_MILLISECONDS, "length")},
        **{title: pyarrow.string() for title in _TEXTS},
        "reused": pyarrow.bool_(),
    }
    rows = csv.open_csv(
        csv_path,
        read_options=csv.ReadOptions(block_size=_BYTES_AT_ONCE),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=types,
            null_values=[""],  # and no words: a request may be called "null"
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    with rows, parquet.ParquetWriter(path, rows.schema, compression="zstd") as writer:
        for batch in rows:
            writer.write_batch(batch)
