"""`locustella demo-target`: a fast HTTP server on this machine, to try load tests on.

    $ locustella demo-target --port 8080
    listening on http://127.0.0.1:8080

The server is native (core/demo); here are its command line and the reader of its service log. What
it serves is listed in docs/demo-target.md.
"""

from __future__ import annotations

import argparse
import math
import os
import resource
import struct
import sys
from collections.abc import Iterator
from typing import NamedTuple

_PREAMBLE = struct.Struct("<8sII")
_MAGIC = b"LTSVCLOG"
_VERSION = 1
_RECORD = struct.Struct("<qqHB29s")
_RECORDS_AT_ONCE = 16_384


class ServiceRecord(NamedTuple):
    """One request as the server saw it; times in nanoseconds since the epoch."""

    arrival_ns: int
    """When the kernel received the request's last segment."""
    sent_ns: int
    """When the response's last byte had been handed to the kernel; 0: it never was."""
    status: int
    """Of the response; 0: none was made (`/reset`)."""
    target: str
    """Path and query, at most their first 29 bytes."""

    @property
    def service_ns(self) -> int | None:
        """The true service time in nanoseconds; None where no whole response left."""
        return self.sent_ns - self.arrival_ns if self.sent_ns else None


def iter_service_log(path: str | os.PathLike[str]) -> Iterator[ServiceRecord]:
    """Yields the records of a `--service-log`, in the order in which their responses ended.

    A record cut short at the end, as a killed server leaves it, is passed over. Raises OSError, or
    ValueError when the file is not a service log of this version.
    """
    with open(path, "rb") as file:
        preamble = file.read(_PREAMBLE.size)
        if preamble != _PREAMBLE.pack(_MAGIC, _VERSION, _RECORD.size):
            raise ValueError(f"{os.fspath(path)} is not a service log of version {_VERSION}")
        while block := file.read(_RECORD.size * _RECORDS_AT_ONCE):
            whole = len(block) - len(block) % _RECORD.size
            for arrival, sent, status, size, target in _RECORD.iter_unpack(block[:whole]):
                yield ServiceRecord(arrival, sent, status, target[:size].decode("latin-1"))


def read_service_log(path: str | os.PathLike[str]) -> list[ServiceRecord]:
    """All records of a `--service-log` at once; see iter_service_log."""
    return list(iter_service_log(path))


def main(argv: list[str]) -> int:
    """Serves until SIGINT, SIGTERM or `--max-seconds`.

    `argv` is the command line after `demo-target`. Returns the exit code: 0 after a clean stop, 1
    with one line on stderr when the server cannot start or the service log cannot be written. Exits
    with code 2 when the options cannot be parsed.
    """
    options = _parser().parse_args(argv)
    _raise_open_file_limit()
    from .._core import run_demo_target

    try:
        run_demo_target(
            _announce,
            host=options.host,
            port=options.port,
            tls_cert=options.tls_cert,
            tls_key=options.tls_key,
            self_signed=options.self_signed,
            write_cert=options.write_cert,
            delay_ms=options.delay,
            jitter_ms=options.jitter,
            service_log=options.service_log,
            max_seconds=options.max_seconds,
        )
    except RuntimeError as error:
        print(f"locustella demo-target: {error}", file=sys.stderr)
        return 1
    return 0


def _announce(url: str) -> None:
    print(f"listening on {url}", flush=True)


def _raise_open_file_limit() -> None:
    """Every connection takes a descriptor, and the usual soft limit of 1,024 is soon reached."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise ValueError(text)
    return port


def _amount(text: str) -> float:
    amount = float(text)
    if not (math.isfinite(amount) and 0 <= amount <= 1e9):
        raise ValueError(text)
    return amount


_port.__name__ = "port"  # argparse names the type when it refuses a value
_amount.__name__ = "non-negative number"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="locustella demo-target",
        description="Serve a small shop and a set of protocol probes for load tests to run "
        "against.",
        epilog="Stop it with Ctrl-C. Do not expose it: its password is public.",
    )
    where = parser.add_argument_group("where")
    where.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: %(default)s)"
    )
    where.add_argument(
        "--port",
        type=_port,
        default=0,
        help="port to listen on; 0, the default, takes a free one",
    )
    tls = parser.add_argument_group("https")
    tls.add_argument("--tls-cert", default="", metavar="FILE", help="certificate chain, PEM")
    tls.add_argument("--tls-key", default="", metavar="FILE", help="its private key, PEM")
    tls.add_argument(
        "--self-signed",
        action="store_true",
        help="use a certificate made for this run, valid for the host, localhost, 127.0.0.1 and "
        "::1",
    )
    tls.add_argument(
        "--write-cert",
        default="",
        metavar="FILE",
        help="with --self-signed: save the certificate, so that clients can verify it",
    )
    manner = parser.add_argument_group("how it answers")
    manner.add_argument(
        "--delay", type=_amount, default=0, metavar="MS", help="hold every answer back this long"
    )
    manner.add_argument(
        "--jitter",
        type=_amount,
        default=0,
        metavar="MS",
        help="and then for a random time below this one",
    )
    manner.add_argument(
        "--service-log",
        default="",
        metavar="FILE",
        help="record each request's true arrival and send times (locustella.command.demo_target "
        "reads it)",
    )
    manner.add_argument(
        "--max-seconds", type=_amount, default=None, metavar="S", help="stop after this time"
    )
    return parser
