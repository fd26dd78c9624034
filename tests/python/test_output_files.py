"""The files that a run writes at its end: tried before it starts, and none is lost with another."""

from __future__ import annotations

import csv
import json
import os
from argparse import Namespace
from pathlib import Path

import pytest
from locustella_process import Finished, command

from locustella.process import descriptors
from locustella.running.output_files import OutputFile, OutputFiles, html_path

LOAD = """
    from locust import User, constant, events, task

    class Visitor(User):
        wait_time = constant(60)

        @task
        def work(self):
            print("a user is at work")
            for name in NAMES:
                self.environment.events.request.fire(
                    request_type="TCP", name=name, response_time=1.5, response_length=1,
                    exception=None, context={})
            self.environment.runner.quit()

    NAMES = ("echo",)
"""
ALL_FILES = ["--csv", "r", "--html", "r.html", "--json-file", "j"]


def run(folder: Path, *arguments: str, more: str = "") -> Finished:
    code = LOAD + more
    options = ["-f", "load.py", "--headless", "--only-summary", "-t", "20"]
    return command(folder, [*options, *arguments], {"load.py": code})


def names_in_all_reports(folder: Path) -> list[set[str]]:
    with (folder / "r_stats.csv").open(newline="") as file:
        in_csv = {row["Name"] for row in csv.DictReader(file)} - {"Aggregated"}
    in_json = {entry["name"] for entry in json.loads((folder / "j.json").read_text())}
    return [in_csv, in_json]


def options(**given: object) -> Namespace:
    defaults = {
        "html_file": None, "json_file": None, "csv_prefix": None, "phase_times": False,
        "num_users": None, "spawn_rate": None, "run_time": None,
    }  # fmt: skip
    return Namespace(**{**defaults, **given})


class TestOneFile:
    def test_the_old_content_stays_until_there_is_new(self, tmp_path: Path) -> None:
        path = tmp_path / "r.html"
        path.write_text("a longer text of a former run")
        file = OutputFile(str(path))
        assert path.read_text().startswith("a longer")
        file.replace("new")
        file.replace("newer")
        assert path.read_text() == "newer"
        file.close()
        assert path.exists()

    def test_folders_are_made_and_nothing_stays_of_a_run_without_results(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / "a/b/r.html"
        file = OutputFile(str(path))
        assert path.exists()
        file.close()
        assert not path.exists()

    def test_a_file_that_was_there_stays(self, tmp_path: Path) -> None:
        path = tmp_path / "r.html"
        path.touch()
        OutputFile(str(path)).close()
        assert path.exists()

    def test_one_that_was_moved_away_is_made_again(self, tmp_path: Path) -> None:
        path = tmp_path / "a/r.html"
        file = OutputFile(str(path))
        (tmp_path / "a").rename(tmp_path / "b")
        file.replace("text")
        assert path.read_text() == "text" and (tmp_path / "b/r.html").read_text() == ""

    def test_what_has_no_form_in_utf_8(self, tmp_path: Path) -> None:
        file = OutputFile(str(tmp_path / "r"))
        file.replace("a \ud800 b")
        assert (tmp_path / "r").read_text() == "a \\ud800 b"

    def test_a_pipe_is_opened_when_it_is_written(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        file = OutputFile(str(tmp_path / "pipe"))  # would wait for a reader
        reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
        file.replace("text")
        assert os.read(reader, 100) == b"text"
        os.close(reader)
        file.close()
        assert (tmp_path / "pipe").exists()


class TestPaths:
    def test_tags_of_the_name_are_those_of_the_test(self) -> None:
        given = options(html_file="r_{u}_{r}_{t}.html", num_users=5)
        assert html_path(given) == "r_5_1_{t}.html"
        assert given.html_file == "r_{u}_{r}_{t}.html"

    def test_all_problems_are_told(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        outputs = OutputFiles(
            options(html_file=str(tmp_path), json_file=f"{tmp_path}/file/j", csv_prefix="")
        )
        page, entries, of_the_run = outputs.problems
        assert page == (
            f"cannot write the report to {tmp_path}: it is a folder, give the name of a file"
        )
        assert (
            entries.endswith(f"j.json: {tmp_path}/file is no folder") and "_run.json" in of_the_run
        )

    def test_a_name_that_changed_meanwhile(self, tmp_path: Path) -> None:
        outputs = OutputFiles(options(html_file=f"{tmp_path}/r_{{u}}.html"))
        outputs.replace(f"{tmp_path}/r_9.html", "a listener has changed the number of users")
        outputs.close()
        assert [path.name for path in tmp_path.iterdir()] == ["r_9.html"]


def test_a_reserve_is_free_when_nothing_else_is() -> None:
    reserve = descriptors.DescriptorReserve()
    taken = []
    soft = descriptors.resource.getrlimit(descriptors.resource.RLIMIT_NOFILE)
    lowered = (len(os.listdir("/proc/self/fd")) + 8, soft[1])
    descriptors.resource.setrlimit(descriptors.resource.RLIMIT_NOFILE, lowered)
    try:
        with pytest.raises(OSError):
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        with reserve.given_back():
            descriptors._close_now(os.open(os.devnull, os.O_RDONLY))
        with pytest.raises(OSError):
            descriptors._close_now(os.open(os.devnull, os.O_RDONLY))
        reserve.give_back()
        descriptors._close_now(os.open(os.devnull, os.O_RDONLY))
    finally:
        descriptors.resource.setrlimit(descriptors.resource.RLIMIT_NOFILE, soft)
        for descriptor in taken:
            os.close(descriptor)


class TestBeforeTheStart:
    def test_what_cannot_be_written_is_told_before_any_user_runs(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        ended = run(tmp_path, "--html", ".", "--json-file", "file/j", "--csv", "file/c")
        assert ended.code == 1 and ended.out == ""
        told = [line for line in ended.err.splitlines() if "error: cannot write" in line]
        assert len(told) == 4, ended.err
        assert "Traceback" not in ended.err

    @pytest.mark.parametrize(
        "arguments, files",
        [
            (["--csv", "new/"], ["new/_stats.csv", "new/_stats_history.csv"]),
            (["--html", "a/../r.html"], ["r.html"]),
            (["--html", "-"], ["-"]),
            (["--json-file", "new/"], ["new/.json"]),
            (["--html", "new_{u}/r.html"], ["new_1/r.html"]),
        ],
    )
    def test_paths_that_locust_takes(
        self, tmp_path: Path, arguments: list[str], files: list[str]
    ) -> None:
        ended = run(tmp_path, *arguments)
        assert ended.code == 0, ended.err
        for name in files:
            assert (tmp_path / name).stat().st_size > 0

    def test_an_end_before_the_start_leaves_nothing(self, tmp_path: Path) -> None:
        more = """
    @events.init.add_listener
    def on_init(**kwargs):
        raise SystemExit(3)
"""
        ended = run(tmp_path, "--html", "r.html", "--json-file", "j", more=more)
        assert ended.code == 3
        assert [path.name for path in tmp_path.iterdir()] == ["load.py"]


class TestNothingIsLost:
    def test_a_process_that_has_used_up_its_descriptors(self, tmp_path: Path) -> None:
        more = """
    import os, resource

    @events.test_start.add_listener
    def take_all(**kwargs):
        resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))
        try:
            while True:
                os.open("/dev/null", os.O_RDONLY)
        except OSError as error:
            print(error.strerror)

    @events.quitting.add_listener
    def send_away(environment, **kwargs):
        with open(environment.parsed_options.html_file) as report:
            print("can be sent away:", "</html>" in report.read())
"""
        ended = run(tmp_path, *ALL_FILES, "--phase-times", more=more)
        assert ended.code == 0 and "Too many open files" in ended.out, ended.err
        assert "can be sent away: True" in ended.out
        assert names_in_all_reports(tmp_path) == [{"echo"}] * 2
        assert "</html>" in (tmp_path / "r.html").read_text()
        assert json.loads((tmp_path / "j_run.json").read_text())["unanswered"]["count"] == 0
        assert (tmp_path / "r_phases.csv").exists()

    def test_a_disk_that_is_full_in_the_end(self, tmp_path: Path) -> None:
        ended = run(tmp_path, "--csv", "r", "--html", "/dev/full", "--json-file", "j")
        assert ended.code == 1
        assert "Cannot write the report to /dev/full: No space left on device" in ended.err
        assert names_in_all_reports(tmp_path) == [{"echo"}] * 2

    def test_a_report_that_cannot_be_made(self, tmp_path: Path) -> None:
        more = """
    from locustella.running import html_report, reporting

    def broken(*args, **kwargs):
        raise LookupError("a fault of the page")

    html_report.get_html_report = broken
    reporting.stats.get_percentile_stats_summary = broken

    @events.test_stop.add_listener
    def fail_once(environment, **_kwargs):
        environment.events.request.fire(
            request_type="TCP", name="echo", response_time=1.5, response_length=1,
            exception=LookupError("a fault of the target"), context={})
"""
        ended = run(tmp_path, "--csv", "r", "--html", "r.html", more=more)
        assert ended.code == 1 and "a fault of the page" in ended.err
        assert "Error report" in ended.err and "a fault of the target" in ended.err
        assert (tmp_path / "r_stats.csv").stat().st_size > 0

    def test_an_interrupted_report_costs_no_other(self, tmp_path: Path) -> None:
        more = """
    from locustella.running import html_report

    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    html_report.get_html_report = interrupted
"""
        ended = run(tmp_path, "--csv", "r", "--html", "r.html", "--json-file", "j", more=more)
        assert ended.code == 1 and "Interrupted: did not write the report to r.html" in ended.err
        assert names_in_all_reports(tmp_path) == [{"echo"}] * 2

    def test_a_report_that_a_listener_asks_for(self, tmp_path: Path) -> None:
        more = """
    @events.init.add_listener
    def ask(environment, **_kwargs):
        environment.parsed_options.html_file = "late.html"
"""
        ended = run(tmp_path, more=more)
        assert ended.code == 0, ended.err
        assert "</html>" in (tmp_path / "late.html").read_text()

    def test_json_goes_to_standard_output_and_to_the_file(self, tmp_path: Path) -> None:
        ended = run(tmp_path, "--json", "--json-file", "j")
        printed = json.loads(ended.out[ended.out.index("[") :])
        assert [entry["name"] for entry in printed] == ["echo"]
        assert json.loads((tmp_path / "j.json").read_text()) == printed

    def test_names_that_are_no_text(self, tmp_path: Path) -> None:
        more = """
    class Odd:
        def __str__(self):
            raise ValueError("no name")

    NAMES = ("echo", 7, ("a", 1), None, b"x", Odd(), "\\ud800", "größe")
"""
        ended = run(tmp_path, *ALL_FILES, more=more)
        assert ended.code == 0, ended.err
        texts = {"echo", "7", "('a', 1)", "None", "b'x'", "<Odd>", "größe"}
        in_csv, in_json = names_in_all_reports(tmp_path)
        assert in_csv == texts | {"\\ud800"} and in_json == texts | {"\ud800"}
        assert "</html>" in (tmp_path / "r.html").read_text()

    def test_names_on_the_console(self, tmp_path: Path) -> None:
        ended = run(tmp_path, more='\n    NAMES = ("echo", 7, None)\n')
        shown = [line.split()[1] for line in ended.err.splitlines() if line.startswith("TCP")]
        assert shown[:3] == ["7", "None", "echo"]
