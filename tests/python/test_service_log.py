"""The demo target's service log: what it says of requests whose delay is known, and its reader."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from demo_target_process import get, running

from locustella.command.demo_target import ServiceRecord, read_service_log


def served(log: Path, *options: str, paths: list[str]) -> list[ServiceRecord]:
    """What a target logs of these requests, made one after the other on one connection."""
    with running("--service-log", str(log), *options) as logging:
        connection = logging.connection()
        for path in paths:
            connection.request("GET", path)
            connection.getresponse().read()
        connection.close()
        assert logging.stop() == 0
    return read_service_log(log)


def test_the_service_log_holds_the_true_times_of_each_request(tmp_path: Path):
    paths = [f"/delay/{n % 3}?n={n}" for n in range(60)] + ["/status/503", "/bytes/1000000"]
    before = time.time_ns()
    records = served(tmp_path / "service.log", paths=paths)
    after = time.time_ns()
    assert [record.target for record in records] == paths
    assert [record.status for record in records] == [200] * 60 + [503, 200]
    assert before <= records[0].arrival_ns and records[-1].sent_ns <= after
    for n, record in enumerate(records[:60]):
        assert record.service_ns is not None and record.service_ns >= n % 3 * 1_000_000
    for earlier, later in zip(records, records[1:], strict=False):
        assert later.arrival_ns >= earlier.arrival_ns
    assert all(record.sent_ns > record.arrival_ns for record in records)


def test_the_delay_of_every_answer_shows_in_the_service_log(tmp_path: Path):
    records = served(tmp_path / "service.log", "--delay", "3", "--jitter", "2", paths=["/"] * 20)
    times = [record.service_ns for record in records]
    assert min(times) >= 3_000_000
    assert len(set(times)) > 1


def test_the_service_log_works_over_https(tmp_path: Path):
    log, certificate = tmp_path / "service.log", tmp_path / "cert.pem"
    options = ("--self-signed", "--write-cert", str(certificate), "--service-log", str(log))
    with running(*options) as secure:
        connection = secure.connection(trusting=certificate)
        for n in range(5):
            connection.request("GET", f"/delay/2?{n}")
            connection.getresponse().read()
        connection.close()
        secure.stop()
    records = read_service_log(log)
    assert [record.target for record in records] == [f"/delay/2?{n}" for n in range(5)]
    assert all(record.service_ns >= 2_000_000 for record in records)


def test_the_service_log_tells_what_was_never_answered(tmp_path: Path):
    log = tmp_path / "service.log"
    with running("--service-log", str(log)) as logging:
        with pytest.raises(ConnectionResetError):
            logging.raw(get("/reset"))
        waiting = logging.connection()
        waiting.request("GET", "/delay/3600000")
        for asked in range(1, 1_000):  # until the waiting request has been read
            counted = json.loads(logging.ask("GET", "/__counters")[1])
            if counted["requests"] - asked == 2:
                break
        assert counted["requests"] - asked == 2
        logging.stop()
    records = {record.target: record for record in read_service_log(log)}
    assert records["/reset"].service_ns is None and records["/reset"].status == 0
    assert records["/delay/3600000"].service_ns is None


def test_the_reader_refuses_other_files_and_passes_over_a_torn_record(tmp_path: Path):
    other = tmp_path / "other.log"
    other.write_bytes(b"LTSVCLOG\x02\x00\x00\x00\x30\x00\x00\x00")
    with pytest.raises(ValueError, match="not a service log of version 1"):
        read_service_log(other)
    log = tmp_path / "service.log"
    whole = served(log, paths=["/", "/products"])
    log.write_bytes(log.read_bytes()[:-1])
    assert read_service_log(log) == whole[:1]
