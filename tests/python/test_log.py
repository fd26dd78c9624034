"""Logging: where lines go, what is remembered, what counts as unhandled."""

from __future__ import annotations

import logging

import gevent
import pytest
from locustella_process import python

from locustella import log


@pytest.fixture(autouse=True)
def no_unhandled_exception(monkeypatch):
    monkeypatch.setattr(log, "unhandled_greenlet_exception", False)


SCRIPT = """
    import logging
    from locustella.log import get_logs, setup_logging
    assert get_logs() == []
    setup_logging("{level}", {file})
    logging.getLogger("locust.runners").info("from a runner")
    logging.getLogger("somewhere").warning("from elsewhere")
    logging.getLogger("locust.stats_logger").info("a table")
    print(len(get_logs()))
"""


def test_to_stderr(tmp_path):
    run = python(tmp_path, SCRIPT.format(level="info", file=None))
    assert run.code == 0 and run.out == "3\n"
    first, second, table = run.err.splitlines()
    assert first.endswith("/INFO/locust.runners: from a runner") and first.startswith("[")
    assert second.endswith("/WARNING/somewhere: from elsewhere") and table == "a table"


def test_to_a_file_in_a_new_folder(tmp_path):
    run = python(tmp_path, SCRIPT.format(level="INFO", file="'logs/new/test.log'"))
    assert run.code == 0 and run.err == "a table\n"
    assert len((tmp_path / "logs/new/test.log").read_text().splitlines()) == 2


def test_to_a_full_disk(tmp_path):
    run = python(tmp_path, SCRIPT.format(level="INFO", file="'/dev/full'"))
    assert run.code == 0 and run.out == "3\n"
    told, table = run.err.splitlines()
    assert told == "Cannot write the log to /dev/full: [Errno 28] No space left on device"
    assert table == "a table"


def test_a_mistake_of_who_logs_is_told_as_always(tmp_path):
    script = SCRIPT + '    logging.getLogger("locust.runners").info("%s and %s", 1)\n'
    run = python(tmp_path, script.format(level="INFO", file="'test.log'"))
    assert "TypeError: not enough arguments" in run.err


def test_the_level(tmp_path):
    run = python(tmp_path, SCRIPT.format(level="ERROR", file=None))
    assert run.err == "a table\n"


def test_the_reader_keeps_the_last_500():
    reader = log.LogReader()
    for number in range(600):
        reader.emit(logging.LogRecord("n", logging.INFO, "f", 1, str(number), (), None))
    assert (len(reader.logs), reader.logs[0], reader.logs[-1]) == (500, "100", "599")


def test_a_dead_greenlet_is_logged_and_counted(caplog):
    greenlet = gevent.spawn(lambda: 1 / 0)
    greenlet.join()
    log.greenlet_exception_logger(logging.getLogger("test"))(greenlet)
    assert "ZeroDivisionError" in caplog.text and log.unhandled_greenlet_exception is True


def test_a_sys_exit_in_a_greenlet_is_no_alarm(caplog):
    class Ended:
        exc_info = (SystemExit, SystemExit(3), None)

    with caplog.at_level(logging.INFO):
        log.greenlet_exception_logger(logging.getLogger("test"))(Ended())
    assert [record.levelname for record in caplog.records] == ["INFO"] and "3" in caplog.text
    assert log.unhandled_greenlet_exception is True
