"""The benchmark's report: tables, JSON and back, the page of the documentation."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

from clients import Job, Locust, Wrk  # noqa: E402
from docs_page import fill_page  # noqa: E402
from figures import Measurement  # noqa: E402
from report import Report  # noqa: E402
from run import choose, main, parse_options  # noqa: E402
from scenarios import Kind, Scenario, scenarios  # noqa: E402
from tables import Table, to_markdown, to_text  # noqa: E402

COST = Scenario(
    "request cost, http, 50 users",
    Kind.REQUEST_COST,
    "one_get",
    "http",
    50,
    ("wrk", "locustella HttpUser", "stock HttpUser"),
)


def measured(client: str, run: int, cpu: float) -> Measurement:
    return Measurement(COST.name, client, run, {"cpu_us_per_request": cpu})


@pytest.fixture
def report() -> Report:
    runs = [
        *(measured("wrk", run, cpu) for run, cpu in enumerate((4.0, 8.0, 5.0))),
        *(measured("locustella HttpUser", run, cpu) for run, cpu in enumerate((6.0, 12.0, 5.0))),
        *(measured("stock HttpUser", run, cpu) for run, cpu in enumerate((300.0, 720.0, 400.0))),
    ]
    return Report({"kernel": "6.1"}, {"runs": 3}, [COST], runs)


def test_ratios_are_medians_of_each_runs_ratio(report):
    # 6/4, 12/8, 5/5; and 300/6, 720/12, 400/5 the other way up
    over_wrk = report.ratio(COST, "locustella HttpUser", "it / wrk")
    assert (over_wrk.median, over_wrk.low, over_wrk.high) == (1.5, 1.0, 1.5)
    assert report.ratio(COST, "locustella HttpUser", "HttpUser / it").median == 60.0


def test_the_table_names_a_scenario_once_and_leaves_out_absent_baselines(report):
    (table,) = report.tables()
    assert [row[0] for row in table.rows] == ["http, 50 users", "", ""]
    assert "it / wrk" in table.columns
    assert "FastHttpUser / it" not in table.columns
    ours = dict(zip(table.columns, table.rows[1], strict=True))
    assert ours["CPU, us"] == "6.00"
    assert ours["lowest-highest"] == "5.00-12.00"
    assert ours["requests/s"] == "-"


def test_doubts_and_failures_stand_under_the_table(report):
    quiet = Measurement(COST.name, "wrk", 0, {"cpu_us_per_request": 4.0, "other_load": 0.04})
    crowded = Measurement(COST.name, "wrk", 1, {"cpu_us_per_request": 4.0, "other_load": 0.24})
    failed = Measurement(COST.name, "wrk", 2, failure="did not start")
    noted = Report(report.machine, report.options, [COST], [quiet, crowded, failed])
    (table,) = noted.tables()
    assert table.notes == [
        "In 1 of 3 measurements other processes took more than 5% of the client's core: 24% at "
        "most.",
        f"{COST.name}, wrk, run 3 failed: did not start",
    ]
    assert noted.failures() == [failed]


def test_a_report_survives_its_json(report):
    text = report.to_json()
    again = Report.from_json(text)
    assert again.to_json() == text
    assert [to_text(table) for table in again.tables()] == [to_text(t) for t in report.tables()]


def test_the_json_has_each_run_and_the_summary(report):
    document = json.loads(report.to_json())
    assert len(document["measurements"]) == 9
    wrk = next(entry for entry in document["summary"] if entry["client"] == "wrk")
    assert wrk["figures"]["cpu_us_per_request"] == {
        "median": 5.0,
        "low": 4.0,
        "high": 8.0,
        "runs": 3,
    }


def test_a_page_is_filled_between_its_markers_again_and_again(report):
    page = "# Title\n\n<!-- results -->\nold\n<!-- end of results -->\n\nThe end.\n"
    filled = fill_page(page, report)
    assert filled.startswith("# Title\n\n<!-- results -->\n")
    assert filled.endswith("<!-- end of results -->\n\nThe end.\n")
    assert "old" not in filled
    assert "- kernel: 6.1" in filled
    assert fill_page(filled, report) == filled
    with pytest.raises(ValueError, match="call forms"):
        fill_page(page, report, "call forms")
    more = page + "<!-- call forms -->\n<!-- end of call forms -->\n"
    both = fill_page(more, report, "call forms")
    assert both.startswith(page) and len(both) > len(more)


def test_a_page_without_markers_is_refused(report):
    with pytest.raises(ValueError, match="results"):
        fill_page("# Title\n", report)


def test_text_tables_are_aligned():
    table = Table("Title", ("client", "us"), [("wrk", "4.5"), ("stock", "355.0")], notes=["Note."])
    assert to_text(table).splitlines() == [
        "Title",
        "client     us",
        "-------------",
        "wrk       4.5",
        "stock   355.0",
        "  Note.",
    ]


def test_markdown_tables_align_numbers_to_the_right():
    table = Table("Title", ("client", "us"), [("a|b", "4.5")])
    assert to_markdown(table).splitlines() == [
        "### Title",
        "",
        "| client | us |",
        "| --- | ---: |",
        "| a\\|b | 4.5 |",
    ]


def test_every_scenario_has_its_own_name_and_a_locustfile_for_each_client():
    offered = scenarios(quick=False, most_users=20000)
    assert len({scenario.name for scenario in offered}) == len(offered)
    for scenario in offered:
        for user in ("http_user", "fast_http_user"):
            client = Locust("name", sys.executable, "locust", user, "")
            assert client.locustfile(scenario.behaviour, scenario.scheme).is_file()


def test_no_crowd_is_larger_than_the_machine_can_open():
    for scenario in scenarios(quick=False, most_users=5000):
        assert all(scenario.users_for(client) <= 5000 for client in scenario.clients)


def test_the_same_locustfile_goes_to_us_and_to_stock():
    job = Job("one_get", "https://127.0.0.1:8443", 50)
    ours = Locust("locustella HttpUser", "python", "locustella", "http_user", "").command(job)
    stock = Locust("stock HttpUser", "python", "locust", "http_user", "").command(job)
    assert [word for word in ours if word != "locustella"] == [w for w in stock if w != "locust"]
    assert job.port == 8443


def test_choice_is_by_scenario_and_client():
    wrk = Wrk()
    options = parse_options(["--quick", "--only", "http, 50 users: wrk"])
    chosen = choose(scenarios(options.quick, 20000), {"wrk": wrk}, options.only)
    assert [(s.name, s.clients) for s in chosen] == [("request cost, http, 50 users", ("wrk",))]


def test_quick_means_one_short_run():
    quick, full = parse_options(["--quick"]), parse_options([])
    assert (quick.runs, full.runs) == (1, 3)
    assert quick.window < full.window


def test_a_file_that_is_no_report_fills_nothing(tmp_path, capsys):
    page, source = tmp_path / "page.md", tmp_path / "results.json"
    page.write_text("<!-- results -->\n<!-- end of results -->\n")
    source.write_text("{}")
    assert main(["--fill", str(page), "--from", str(source)]) == 2
    assert page.read_text() == "<!-- results -->\n<!-- end of results -->\n"
    assert "results.json" in capsys.readouterr().out


def test_filling_a_page_needs_a_source(capsys):
    with pytest.raises(SystemExit):
        parse_options(["--fill", "page.md"])
    assert "--from" in capsys.readouterr().err
