"""--samples: every request in a file, whoever made it, however the run ends."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import gevent
import gevent.pool
import pytest
from locustella_process import Finished, command, interrupted_at
from recorded_requests import OwnDict

from locustella import User, _core
from locustella.contrib.fasthttp import FastHttpSession
from locustella.running.output_files import OutputFiles
from locustella.statistics.error import StatsError
from locustella.statistics.samples import sample_form, sample_output
from locustella.statistics.samples.sample_output import SampleOutput, SamplesMissing

COLUMNS = [
    "method", "name", "user", "start_ns", "offset_ns", "scheduled_ns", "recorded_ns",
    "response_time_ms", "length", "status", "error", "certainty", "reused", "dns_ms", "connect_ms",
    "tls_ms", "send_ms", "first_byte_ms", "receive_ms",
]  # fmt: skip
PHASES = COLUMNS[-6:]


class Samples:
    """A file of samples of one environment, in this process."""

    def __init__(self, environment, path: Path) -> None:
        self.path = path
        file = path.open("wb")
        self._output = SampleOutput(
            str(path), sample_form.form_of(str(path)), lambda _: file.fileno()
        )
        self._output.begin(environment)
        self._file = file

    def all(self) -> list[dict]:
        self._output.finish()
        self._file.close()
        return [json.loads(line) for line in self.path.read_text().splitlines()]

    def only(self) -> dict:
        (sample,) = self.all()
        return sample


@pytest.fixture
def samples(recording, tmp_path: Path) -> Samples:
    return Samples(recording.environment, tmp_path / "samples.jsonl")


class TestRequestsOfOurClients:
    def test_a_success(self, session, samples, target) -> None:
        before = time.time_ns()
        session.get("/any")
        sample = samples.only()
        assert list(sample) == COLUMNS
        assert (sample["method"], sample["name"]) == ("GET", "/any")
        assert (sample["status"], sample["length"], sample["error"]) == (200, 4, None)
        assert sample["certainty"] in ("kernel", "upper_bound")
        assert abs(sample["start_ns"] - before) < 10e9 and 0 < sample["offset_ns"] < 10e9
        assert sample["recorded_ns"] >= sample["start_ns"] // 1000 * 1000
        assert sample["scheduled_ns"] is None
        assert sum(sample[phase] for phase in PHASES) == pytest.approx(
            sample["response_time_ms"], abs=0.004
        )

    def test_a_kept_connection_is_reused(self, session, samples) -> None:
        for _ in range(3):
            session.get("/any")
        found = samples.all()
        assert [sample["reused"] for sample in found] == [False, True, True]
        assert found[0]["connect_ms"] > 0 and found[1]["connect_ms"] == 0
        offsets = [sample["offset_ns"] for sample in found]
        assert offsets == sorted(offsets)

    def test_failures_have_their_words(self, session, samples, recording) -> None:
        session.get("/missing")
        session.get("/missing")
        found = samples.all()
        assert [sample["status"] for sample in found] == [404, 404]
        (words,) = {sample["error"] for sample in found}
        assert "404" in words and words == StatsError.parse_error(recording.errors[0][2])

    def test_a_verdict_of_the_script(self, session, samples) -> None:
        with session.get("/any", catch_response=True) as response:
            response.failure("too small")
        with session.get("/missing", catch_response=True) as response:
            response.success()
        found = samples.all()
        assert "too small" in found[0]["error"] and found[1]["error"] is None
        assert [sample["status"] for sample in found] == [200, 404]
        assert all(sample["start_ns"] and sample["reused"] is not None for sample in found)

    def test_a_connection_that_never_came_about(self, recording, samples) -> None:
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))  # and does not listen
            url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
            FastHttpSession(url, recording.event, None).get("/any")
        sample = samples.only()
        assert sample["error"] and sample["status"] is None and sample["certainty"] == "read"

    def test_worked_out_by_python(self, session, samples) -> None:
        session.get("/any?q=%20", headers=OwnDict(), name="named")
        sample = samples.only()
        assert (sample["name"], sample["status"], sample["reused"]) == ("named", 200, False)

    def test_with_other_listeners(self, session, samples, recording) -> None:
        heard = []
        recording.event.add_listener(lambda **told: heard.append(told["name"]))
        session.get("/any")
        session.get("/missing")
        found = samples.all()
        assert [sample["name"] for sample in found] == heard == ["/any", "/missing"]
        assert [sample["status"] for sample in found] == [200, 404]


class TestRequestsThatPythonTellsOf:
    @pytest.fixture
    def environment(self, recording):
        return recording.environment

    def fire(self, recording, **more) -> None:
        told = {"request_type": "TCP", "name": "echo", "response_time": 1.5, "response_length": 7,
                "exception": None, "context": {}}  # fmt: skip
        recording.event.fire(**{**told, **more})

    def test_one_with_a_start(self, recording, samples) -> None:
        self.fire(recording, start_time=1_764_500_000.25)
        sample = samples.only()
        assert (sample["method"], sample["name"], sample["length"]) == ("TCP", "echo", 7)
        assert sample["response_time_ms"] == 1.5 and sample["start_ns"] == 1_764_500_000_250_000_000
        assert sample["offset_ns"] < 0 and sample["certainty"] == "read"
        assert [sample[phase] for phase in PHASES] == [None] * 6 and sample["reused"] is None

    def test_one_without(self, recording, samples) -> None:
        before = time.time()
        self.fire(recording, response_time=None, response_length=None)
        sample = samples.only()
        assert sample["start_ns"] is None and sample["response_time_ms"] is None
        assert sample["length"] == 0 and abs(sample["recorded_ns"] / 1e9 - before) < 10

    def test_a_status_that_its_response_has(self, recording, samples) -> None:
        for response in (SimpleNamespace(status_code=418), SimpleNamespace(status_code="x"), 3):
            self.fire(recording, response=response)
        assert [sample["status"] for sample in samples.all()] == [418, None, None]

    def test_a_failure(self, recording, samples) -> None:
        self.fire(recording, exception=ValueError("oh, no\n"))
        self.fire(recording, exception="")
        self.fire(recording, exception=OSError())
        assert [s["error"] for s in samples.all()] == ["ValueError('oh, no\\n')", None, "OSError()"]

    def test_the_class_of_the_user_whose_greenlet_tells(self, recording, environment, samples):
        class Speaker(User):
            def run(user) -> None:
                self.fire(recording)

        group = gevent.pool.Group()
        Speaker(environment).start(group)
        group.join()
        gevent.spawn(self.fire, recording).join()
        assert [sample["user"] for sample in samples.all()] == ["Speaker", None]

    def test_texts_that_have_no_utf_8(self, recording, samples) -> None:
        self.fire(recording, name="a \ud800")
        self.fire(recording, name=7, exception=ValueError("\ud800"))
        found = samples.all()
        assert [sample["name"] for sample in found] == ["a \\ud800", "7"]
        assert found[0]["error"] is None and "ud800" in found[1]["error"]

    def test_statistics_that_a_script_has_changed(self, recording, environment, samples) -> None:
        own = environment.stats.log_request
        environment.stats.log_request = lambda *args: own(*args)
        self.fire(recording, exception=ValueError("no"))
        sample = samples.only()
        assert sample["error"] == "ValueError('no')" and sample["response_time_ms"] == 1.5
        assert environment.stats.total.num_failures == 1

    def test_what_a_script_counts_itself_is_no_request_that_anybody_told_of(
        self, environment, samples
    ) -> None:
        environment.stats.log_request("GET", "/", 1, 1)
        environment.stats.log_error("GET", "/", "no")
        assert samples.all() == []

    def test_statistics_put_in_place_of_others(self, recording, environment, samples) -> None:
        from locustella.stats import RequestStats

        environment.stats = RequestStats()
        samples._output._follow()
        self.fire(recording)
        assert samples.only()["name"] == "echo"


class TestForms:
    @pytest.mark.parametrize(
        "name, form",
        [
            ("a.jsonl", (False, False, False)),
            ("a.ndjson", (False, False, False)),
            ("a.JSON", (False, False, False)),
            ("a.jsonl.gz", (False, True, False)),
            ("a.csv", (True, False, False)),
            ("a.csv.gz", (True, True, False)),
            ("a.parquet", (False, False, True)),
            ("a.txt", None),
            ("a.gz", None),
            ("parquet", None),
        ],
    )
    def test_the_ending_says_which(self, name: str, form: tuple | None) -> None:
        assert sample_form.form_of(name) == form

    def problems(self, path: str) -> list[str]:
        options = SimpleNamespace(
            html_file=None, json_file=None, csv_prefix=None, samples_path=path
        )
        outputs = OutputFiles(options)
        outputs.close()
        return outputs.problems

    def test_what_cannot_be_written(self, tmp_path: Path, monkeypatch) -> None:
        (tmp_path / "file").touch()
        os.mkfifo(tmp_path / "pipe")
        monkeypatch.setattr(sample_form, "find_spec", lambda _: None)
        for path, words in {
            f"{tmp_path}/x.txt": f"its name has to end in {sample_form.ENDINGS}",
            f"{tmp_path}/x.parquet": "Parquet needs pyarrow: pip install pyarrow",
            f"{tmp_path}/file/x.csv": f"{tmp_path}/file is no folder",
            f"{tmp_path}/pipe": "nobody reads from it",
        }.items():
            assert self.problems(path) == [f"cannot write the samples to {path}: {words}"]

    def test_a_run_that_never_began_leaves_what_was_there(self, tmp_path: Path) -> None:
        (tmp_path / "old.csv").write_text("of a former run")
        assert self.problems(f"{tmp_path}/old.csv") == []
        assert self.problems(f"{tmp_path}/new/new.csv") == []
        assert (tmp_path / "old.csv").read_text() == "of a former run"
        assert not (tmp_path / "new/new.csv").exists()


class TestLosses:
    @pytest.fixture
    def pipe(self) -> Iterator[tuple[int, int]]:
        ends = os.pipe()
        yield ends
        for end in ends:
            os.close(end)

    def begun(self, recording, descriptor: int) -> SampleOutput:
        output = SampleOutput("x.jsonl", sample_form.SampleForm(), lambda _: descriptor)
        output.begin(recording.environment)
        return output

    def test_a_full_disk(self, recording, caplog) -> None:
        full = os.open("/dev/full", os.O_WRONLY)
        output = self.begun(recording, full)
        recording.event.fire(
            request_type="A", name="b", response_time=1, response_length=1, exception=None
        )
        with pytest.raises(SamplesMissing, match="1 of 1 samples .* no space left on device"):
            output.finish()
        os.close(full)
        output._warn_of_losses()
        output._warn_of_losses()
        assert [r.getMessage() for r in caplog.records if r.levelname == "WARNING"] == [
            "Not all samples get into x.jsonl: no space left on device"
        ]
        assert output.figures() == {"written": 0, "lost": 1}

    def test_a_pipe_that_nobody_reads(self, recording, pipe, monkeypatch) -> None:
        monkeypatch.setattr(sample_output, "PATIENCE_S", 0)
        output = self.begun(recording, pipe[1])
        for _ in range(1_000):
            recording.event.fire(
                request_type="A", name="b" * 1_000, response_time=1, response_length=1,
                exception=None,
            )  # fmt: skip
        with pytest.raises(SamplesMissing, match="takes nothing any more"):
            output.finish()
        os.set_blocking(pipe[0], False)
        while not output._file.close(0.01):
            with suppress(BlockingIOError):
                os.read(pipe[0], 1 << 20)
        assert output._file.counts()[:2] == (1_000, 0)


def test_the_native_file_refuses_what_is_no_descriptor() -> None:
    with pytest.raises(OSError):
        _core.SampleFile(-1, csv=True, gzip=False)


LOAD = """
    import gevent
    from locust import HttpUser, FastHttpUser, User, constant, events, task

    class Requests(HttpUser):
        wait_time = constant(0.01)

        @task
        def work(self):
            self.client.get("/products/1", name="product")
            self.client.get("/nowhere")

    class Fast(FastHttpUser):
        wait_time = constant(0.01)

        @task
        def work(self):
            self.client.get("/products/1", name="product")

    class Speaker(User):
        wait_time = constant(0.01)

        @task
        def work(self):
            self.environment.events.request.fire(
                request_type="TCP", name="echo", response_time=1.5, response_length=1,
                exception=None, context={})
            if self.environment.stats.total.num_requests > 60:
                self.enough()

        def enough(self):
            END
"""
QUIT = "self.environment.runner.quit()"
PRINT = 'print("enough", flush=True)'


def run(shop: str, folder: Path, samples: str, *more: str, end: str = QUIT, code: str = ""):
    load = LOAD.replace("END", end) + code
    return command(folder, [*arguments(shop, samples), *more], {"load.py": load})


def arguments(shop: str, samples: str) -> list[str]:
    return ["-f", "load.py", "--headless", "--only-summary", "-u", "3", "-r", "30", "-t", "20",
            "-H", shop, "--csv", "r", "--samples", samples]  # fmt: skip


def counts_of_entries(folder: Path) -> dict[tuple[str, str], tuple[int, int]]:
    with (folder / "r_stats.csv").open(newline="") as file:
        return {
            (row["Type"], row["Name"]): (int(row["Request Count"]), int(row["Failure Count"]))
            for row in csv.DictReader(file)
            if row["Name"] != "Aggregated"
        }


def counts_of(samples: list[dict]) -> dict[tuple[str, str], tuple[int, int]]:
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    for sample in samples:
        key = (sample["method"], sample["name"])
        requests, failures = counts.get(key, (0, 0))
        counts[key] = (requests + 1, failures + bool(sample["error"]))
    return counts


def json_lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def check(folder: Path, samples: list[dict], ended: Finished) -> None:
    assert counts_of(samples) == counts_of_entries(folder), ended.err
    assert {s["user"] for s in samples} == {"Requests", "Fast", "Speaker"}
    assert f"({len(samples)} of them)" in ended.err


class TestRuns:
    def test_json_lines(self, shop: str, tmp_path: Path) -> None:
        ended = run(shop, tmp_path, "new/s.jsonl", "--json-file", "j")
        samples = json_lines((tmp_path / "new/s.jsonl").read_text())
        check(tmp_path, samples, ended)
        told = json.loads((tmp_path / "j_run.json").read_text())["samples"]
        assert told == {"written": len(samples), "lost": 0}

    def test_csv_packed(self, shop: str, tmp_path: Path) -> None:
        ended = run(shop, tmp_path, "s.csv.gz")
        text = gzip.decompress((tmp_path / "s.csv.gz").read_bytes()).decode()
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        assert list(rows[0]) == COLUMNS
        check(tmp_path, rows, ended)

    def test_parquet(self, shop: str, tmp_path: Path) -> None:
        parquet = pytest.importorskip("pyarrow.parquet")
        ended = run(shop, tmp_path, "s.parquet")
        table = parquet.read_table(tmp_path / "s.parquet")
        assert table.column_names == COLUMNS
        check(tmp_path, table.to_pylist(), ended)
        assert not (tmp_path / "s.parquet.csv").exists()
        assert {type(v) for v in table["reused"].to_pylist()} == {bool, type(None)}

    def test_standard_output(self, shop: str, tmp_path: Path) -> None:
        ended = run(shop, tmp_path, "/dev/stdout")
        check(tmp_path, json_lines(ended.out), ended)

    def test_a_path_that_cannot_be_written_ends_it_before_any_user(self, shop, tmp_path) -> None:
        ended = run(shop, tmp_path, "load.py/s.csv")
        assert ended.code == 1 and "cannot write the samples to load.py/s.csv" in ended.err
        assert "Starting" in ended.err and "Shutting down" not in ended.err

    def test_losses_are_told_and_change_the_exit_code(self, shop, tmp_path) -> None:
        (tmp_path / "full.csv").symlink_to("/dev/full")
        more = ["--json-file", "j", "--exit-code-on-error", "0"]
        ended = run(shop, tmp_path, "full.csv", *more)
        assert ended.code == 1, ended.err
        assert "Cannot write the samples to full.csv: " in ended.err
        assert "samples are missing: no space left on device" in ended.err
        assert json.loads((tmp_path / "j_run.json").read_text())["samples"]["lost"] > 50


class TestEnds:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_by_a_signal(self, shop: str, tmp_path: Path, number: int) -> None:
        load = LOAD.replace("END", PRINT)
        ended = interrupted_at(
            tmp_path, "enough", lambda process: process.send_signal(number),
            arguments(shop, "s.jsonl"), {"load.py": load},
        )  # fmt: skip
        check(tmp_path, json_lines((tmp_path / "s.jsonl").read_text()), ended)

    def test_by_time(self, shop: str, tmp_path: Path) -> None:
        ended = run(shop, tmp_path, "s.jsonl", "-t", "1", end="pass")
        check(tmp_path, json_lines((tmp_path / "s.jsonl").read_text()), ended)

    def test_with_users_that_finish_their_tasks(self, shop: str, tmp_path: Path) -> None:
        ended = run(shop, tmp_path, "s.jsonl", "--stop-timeout", "5")
        check(tmp_path, json_lines((tmp_path / "s.jsonl").read_text()), ended)

    def test_by_an_exception(self, shop: str, tmp_path: Path) -> None:
        code = """
    @events.quitting.add_listener
    def leave(**kwargs):
        raise SystemExit(7)
"""
        ended = run(shop, tmp_path, "s.jsonl", code=code)
        assert ended.code == 7
        samples = json_lines((tmp_path / "s.jsonl").read_text())
        assert len(samples) > 60 and f"({len(samples)} of them)" in ended.err

    def test_a_listener_of_quit_finds_it_complete(self, shop: str, tmp_path: Path) -> None:
        code = """
    @events.quit.add_listener
    def send_away(**kwargs):
        print("lines:", open("s.jsonl").read().count("\\n"))
"""
        ended = run(shop, tmp_path, "s.jsonl", code=code)
        lines = (tmp_path / "s.jsonl").read_text().count("\n")
        assert f"lines: {lines}" in ended.out

    def test_a_forked_child_writes_nothing(self, shop: str, tmp_path: Path) -> None:
        code = """
    import os

    @events.test_stop.add_listener
    def fork(environment, **kwargs):
        child = os.fork()
        if child == 0:
            environment.events.request.fire(
                request_type="TCP", name="of the child", response_time=1, response_length=1,
                exception=None, context={})
            os._exit(0)
        os.waitpid(child, 0)
"""
        ended = run(shop, tmp_path, "s.jsonl", code=code)
        check(tmp_path, json_lines((tmp_path / "s.jsonl").read_text()), ended)
