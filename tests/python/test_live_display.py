"""What a terminal shows while a test runs, and that it is as it was afterwards."""

from __future__ import annotations

import fcntl
import logging
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from locustella_process import LIMIT_S, _environment, command
from tests.support.small_terminal import SmallTerminal

from locustella import stats as stats_module
from locustella.statistics.console import live
from locustella.statistics.console.live import LiveFigures, Style, live_lines
from locustella.statistics.console.screen_foot import ScreenFoot
from locustella.stats import RequestStats

PLAIN = Style(colors=False, lines=False)
FIGURES = LiveFigures(
    state="running", users=50, wanted_users=50, elapsed=12.9, run_time=60, lag_p99_ms=0.123,
    cpu_share=0.456, is_late=False, has_keys=True,
)  # fmt: skip


@pytest.fixture
def stats() -> RequestStats:
    return RequestStats()


def bottom(stats: RequestStats, columns: int = 100, rows: int = 8, style=PLAIN, **changed):
    """The last three lines: progress, load, generator."""
    return live_lines(FIGURES._replace(**changed), stats, columns, rows, style)[-3:]


class TestLines:
    def test_progress_towards_the_run_time(self, stats) -> None:
        progress, _, _ = bottom(stats)
        assert re.fullmatch(r" running  0:12 of 1:00  (#+)(\.+)   21 %", progress)
        assert progress.count("#") == int(0.215 * 60)

    @pytest.mark.parametrize(
        "elapsed, run_time, shown",
        [
            (0, 10, "0:00 of 0:10  " + "." * 60 + "    0 %"),
            (3_725, None, "1:02:05"),
            (99, 10, "1:39 of 0:10  " + "#" * 60 + "  100 %"),
        ],
    )
    def test_times(self, stats, elapsed, run_time, shown) -> None:
        assert bottom(stats, elapsed=elapsed, run_time=run_time)[0] == f" running  {shown}"

    def test_the_load(self, stats) -> None:
        assert bottom(stats)[1] == " 50 users   0.0 req/s   no failures   p95 -   0 requests"
        for ms in range(1, 101):
            stats.log_request("GET", "/", float(ms), 1)
        stats.log_error("GET", "/", "no")
        load = bottom(stats, users=1, wanted_users=50)[1]
        assert load.startswith(" 1 of 50 users   ")
        assert "   1 failure (1.00%)   p95 94.7 ms   100 requests" in load

    def test_the_generator(self, stats) -> None:
        assert bottom(stats)[2] == (
            " generator: lag p99 0.12 ms, CPU 46%   keys: w +1, W +10, s -1, S -10 users"
        )
        assert "   short of time" in bottom(stats, is_late=True)[2]
        assert "keys" not in bottom(stats, has_keys=False)[2]

    @pytest.mark.parametrize("columns", [1, 5, 20, 40, 60, 79, 80, 140, 300])
    @pytest.mark.parametrize("style", [PLAIN, Style()])
    def test_no_line_is_wider_than_the_terminal(self, stats, columns, style) -> None:
        stats.log_request("GET", "/", 1.0, 1)
        lines = live_lines(FIGURES, stats, columns, 60, style)
        bare = [re.sub(r"\x1b\[\d+m", "", line) for line in lines]
        own = [bare[0], *bare[-3:]]
        assert max(map(len, own)) <= max(columns, 40)
        assert columns < 40 or max(map(len, own)) < columns

    def test_colors_are_for_what_is_wrong(self, stats) -> None:
        stats.log_request("GET", "/", 1.0, 1)
        assert "\x1b[31m" not in "".join(bottom(stats, style=Style()))
        stats.log_error("GET", "/", "no")
        assert "\x1b[31m1 failure (100.00%)\x1b[0m" in bottom(stats, style=Style())[1]
        assert "\x1b[33mgenerator" in bottom(stats, style=Style(), is_late=True)[2]
        assert "\x1b" not in "".join(bottom(stats, style=PLAIN, is_late=True))

    def test_locusts_table_is_there_if_it_fits_into_half_of_the_window(self, stats) -> None:
        for name in ("/a", "/b", "/c"):
            stats.log_request("GET", name, 1.0, 1)
        assert len(live_lines(FIGURES, stats, 80, 23, PLAIN)) == 4
        lines = live_lines(FIGURES, stats, 80, 24, PLAIN)
        assert len(lines) == 12 and lines[1].startswith("Type") and "Aggregated" in lines[7]


class Window:
    """A terminal with a foot."""

    def __init__(self, columns: int = 40, rows: int = 10) -> None:
        self.screen = SmallTerminal(columns, rows)
        self.foot = ScreenFoot(
            lambda text: self.screen.feed(text), lambda: (self.screen.columns, self.screen.rows)
        )

    def log(self, *lines: str) -> None:
        for line in lines:
            self.screen.feed(f"{line}\r\n")

    def resize(self, columns: int, rows: int) -> None:
        self.screen.resize(columns, rows)


class TestFoot:
    def test_it_stands_at_the_bottom_and_others_write_above(self) -> None:
        window = Window()
        window.log("one")
        window.foot.show(["A", "B"])
        window.log("two")
        assert window.screen.lines == ["one", "two", *[""] * 6, "A", "B"]
        window.log(*map(str, range(20)))
        assert window.screen.lines == [*map(str, range(13, 20)), "", "A", "B"]
        window.foot.show(["C", "D"])
        assert window.screen.lines[-3:] == ["", "C", "D"]
        assert window.screen.gone[:3] == ["one", "two", "0"]

    def test_on_a_screen_that_is_full_nothing_is_lost(self) -> None:
        window = Window()
        window.log(*map(str, range(30)))
        window.foot.show(["A", "B"])
        window.log("30")
        window.foot.close()
        assert window.screen.text == [*map(str, range(31))]

    def test_it_leaves_nothing(self) -> None:
        window = Window()
        window.log("one")
        window.foot.show(["A", "B"])
        window.foot.close()
        window.foot.close()
        window.foot.show(["never again"])
        assert window.screen.scrolls_all
        window.log("two")
        assert window.screen.text == ["one", "two"]

    def test_a_line_that_is_not_finished_goes_on(self) -> None:
        window = Window()
        window.log(*map(str, range(9)))
        window.screen.feed("working")
        window.foot.show(["A", "B"])
        window.screen.feed(" ... ")
        window.foot.show(["A", "B", "C"])
        window.foot.close()
        window.screen.feed("done")
        assert window.screen.text[-1] == "working ... done"

    def test_it_grows_and_shrinks(self) -> None:
        window = Window()
        window.log(*map(str, range(9)))
        for height in (1, 5, 2):
            window.foot.show([f"{height}"] * height)
            window.log("more")
            assert window.screen.lines[-height - 1 :] == ["", *[f"{height}"] * height]
        window.foot.close()
        assert window.screen.text == [*map(str, range(9)), *["more"] * 3]

    @pytest.mark.parametrize("columns, rows", [(40, 20), (20, 10), (60, 12), (30, 7)])
    def test_another_size_of_the_window(self, columns: int, rows: int) -> None:
        window = Window()
        window.log(*map(str, range(12)))
        window.foot.show(["A", "B"])
        window.resize(columns, rows)
        window.foot.show(["A", "B"])
        window.log("more")
        assert window.screen.lines[-2:] == ["A", "B"]
        assert window.screen.lines.count("A") == 1
        window.foot.close()
        assert window.screen.text == [*map(str, range(12)), "more"]

    def test_a_window_that_is_too_low_has_none(self) -> None:
        window = Window(rows=10)
        window.foot.show(["A", "B"])
        window.resize(40, 5)
        window.foot.show(["A", "B"])
        assert window.screen.lines[-1] == "A"
        window.resize(40, 4)
        window.foot.show(["A", "B"])
        assert window.screen.scrolls_all and window.screen.text == []

    def test_lines_that_are_too_long_are_cut(self) -> None:
        window = Window(columns=5)
        window.foot.show(["123456789", "B"])
        window.log("abcdefg")
        assert window.screen.lines[:2] == ["abcde", "fg"]
        assert window.screen.lines[-2][:4] == "1234" and window.screen.lines[-1] == "B"

    def test_a_terminal_that_is_gone(self) -> None:
        foot = ScreenFoot(lambda text: pytest.fail(text), lambda: None)
        foot.show(["A"])
        foot.close()


class TestWhereItIsShown:
    @pytest.fixture
    def on_terminal(self, monkeypatch):
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 90, 0, 0))
        stream = os.fdopen(theirs, "w", encoding="utf-8")
        for name in ("NO_COLOR", "CI"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(live.console_logger, "handlers", [logging.StreamHandler(stream)])
        yield stream
        stream.close()
        os.close(ours)

    def test_on_a_terminal(self, on_terminal, monkeypatch) -> None:
        found = live.terminal_of_the_tables()
        assert found.size() == (90, 30) and found.style == Style(colors=True, lines=True)
        monkeypatch.setenv("NO_COLOR", "1")
        assert not live.terminal_of_the_tables().style.colors

    @pytest.mark.parametrize(
        "name, value", [("TERM", "dumb"), ("TERM", ""), ("CI", "true"), ("CI", "1")]
    )
    def test_not_where_lines_serve_better(self, on_terminal, monkeypatch, name, value) -> None:
        monkeypatch.setenv(name, value)
        assert live.terminal_of_the_tables() is None

    def test_not_in_place_of_a_scripts_own_table(self, on_terminal, monkeypatch) -> None:
        monkeypatch.setattr(stats_module, "print_stats", lambda stats, current=True: None)
        assert live.terminal_of_the_tables() is None

    def test_not_into_files_or_what_is_closed(self, on_terminal, monkeypatch, tmp_path) -> None:
        with open(tmp_path / "log", "w") as file:
            closed = open(tmp_path / "log")
            closed.close()
            handlers = [SimpleNamespace(), logging.StreamHandler(file)]
            handlers.append(logging.StreamHandler(closed))
            monkeypatch.setattr(live.console_logger, "handlers", handlers)
            assert live.terminal_of_the_tables() is None

    def test_what_the_terminal_cannot_show_becomes_a_question_mark(self, on_terminal) -> None:
        terminal = live.Terminal(on_terminal.fileno(), "ascii")
        terminal.write("größe")


LOAD = """
    import logging
    from locust import User, constant, events, task

    class Visitor(User):
        wait_time = constant(0.02)
        calls = 0

        @task
        def work(self):
            Visitor.calls += 1
            print("printed", Visitor.calls)
            self.environment.events.request.fire(
                request_type="TCP", name="echo", response_time=1.5, response_length=1,
                exception=OSError("no") if Visitor.calls % 5 == 0 else None, context={})
            if Visitor.calls == 60:
                END
"""


def on_a_terminal(
    folder: Path,
    *more: str,
    end: str = "self.environment.runner.quit()",
    act: Callable[[subprocess.Popen[bytes], str, int], None] = lambda *_: None,
    size: tuple[int, int] = (90, 30),
) -> tuple[int, str]:
    """The exit code, and all that the terminal was told; `act` is called with the process, what
    was told so far, and where to type.
    """
    (folder / "load.py").write_text(textwrap.dedent(LOAD.replace("END", end)))
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    before = termios.tcgetattr(theirs)
    env = {**_environment(folder, {"TERM": "xterm", "PYTHONIOENCODING": "utf-8"})}
    for name in ("CI", "NO_COLOR"):
        env.pop(name, None)
    process = subprocess.Popen(
        [sys.executable, "-m", "locustella", "-f", "load.py", "--headless", "-t", "20", *more],
        cwd=folder, env=env, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    told = ""
    while process.poll() is None or _has_more(ours):
        if _has_more(ours, 0.05):
            told += os.read(ours, 65_536).decode(errors="replace")
            act(process, told, ours)
    process.wait(LIMIT_S)
    assert termios.tcgetattr(theirs) == before
    os.close(theirs)
    os.close(ours)
    return process.returncode, told


def _has_more(descriptor: int, seconds: float = 0) -> bool:
    return bool(select.select([descriptor], [], [], seconds)[0])


def shown_at_the_end(told: str, size: tuple[int, int] = (90, 30)) -> SmallTerminal:
    screen = SmallTerminal(*size)
    screen.feed(told)
    return screen


def check_whole(told: str, prints: int = 60) -> None:
    screen = shown_at_the_end(told)
    assert screen.scrolls_all and "\x1b[1;" in told
    printed = [line for line in screen.text if line.startswith("printed ")]
    assert printed == [f"printed {n}" for n in range(1, len(printed) + 1)]
    assert len(printed) >= prints
    assert not [line for line in screen.text if " req/s   " in line or "━" in line]
    assert any("Aggregated" in line for line in screen.text)
    assert any(line.startswith("Error report") for line in screen.text)


class TestRuns:
    def test_prints_and_logs_stay_whole_and_nothing_is_left(self, tmp_path: Path) -> None:
        code, told = on_a_terminal(tmp_path)
        assert code == 1
        check_whole(told)
        assert re.search(r"of 0:20.* %", told) and " req/s   " in told
        assert "\x1b[31m" in told  # failures

    def test_ctrl_c_and_sigterm(self, tmp_path: Path) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            sent = []

            def interrupt(process, told, _, number=number, sent=sent) -> None:
                if "printed 60" in told and not sent:
                    sent.append(number)
                    process.send_signal(number)

            code, told = on_a_terminal(tmp_path, end="pass", act=interrupt)
            assert code == 1
            check_whole(told)

    def test_a_process_that_leaves_in_the_middle(self, tmp_path: Path) -> None:
        code, told = on_a_terminal(
            tmp_path,
            end="events.quitting.add_listener(lambda **_: exit(7)); self.environment.runner.quit()",
        )
        assert code == 7
        screen = shown_at_the_end(told)
        assert screen.scrolls_all and not [line for line in screen.text if " req/s   " in line]

    def test_keys_still_work(self, tmp_path: Path) -> None:
        typed = []

        def type_w(process, told, keyboard) -> None:
            if "printed 3" in told and not typed:
                typed.append(os.write(keyboard, b"w"))
            if " 2 users" in told:
                process.send_signal(signal.SIGTERM)

        _, told = on_a_terminal(tmp_path, end="pass", act=type_w)
        assert "keys: w +1" in told and " 2 users" in told
        assert "w" not in {line.strip() for line in shown_at_the_end(told).text}

    @pytest.mark.parametrize("arguments", [["--no-live"], ["--only-summary"]])
    def test_it_can_be_switched_off(self, tmp_path: Path, arguments: list[str]) -> None:
        _, told = on_a_terminal(tmp_path, *arguments)
        assert "\x1b" not in told
        assert ("Generator: CPU" in told) == (arguments == ["--no-live"])

    def test_into_a_pipe_nothing_changes(self, tmp_path: Path) -> None:
        load = LOAD.replace("END", "self.environment.runner.quit()")
        run = command(tmp_path, ["-f", "load.py", "--headless", "-t", "20"], {"load.py": load})
        assert "\x1b" not in run.err + run.out and "Generator: CPU" in run.err
