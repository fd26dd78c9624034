"""No form of a call costs more than it did: see budget.py. And what budget.py says where one does.
"""

from __future__ import annotations

import copy
import json
import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from callgrind_file import read_dump  # noqa: E402
from forms import FORMS  # noqa: E402

import budget  # noqa: E402

DUMP = """\
version: 1
desc: Trigger: Client Request: 3:100
positions: line
events: Ir

ob=(1) /lib/libc.so.6
fl=(1) malloc.c
fn=(7) malloc
22 50
+1 25
cfn=(8) _int_malloc
calls=5 0
* 400
-3 5
fi=(2) inlined.h
7 20

fn=(8)
10 300

fn=(7)
30 1

totals: 401
"""


@pytest.mark.timeout(600)
def test_no_form_of_a_call_costs_more_than_is_recorded(tmp_path):
    recorded = json.loads(budget.RECORDED.read_text())
    if reason := budget.incomparable(recorded, budget.toolchain()):
        pytest.skip(f"the recorded instructions are not comparable: {reason}")
    costs = budget.count(tmp_path)
    print(budget.summary(recorded, costs))
    grown = budget.growth(recorded, costs)
    assert not grown, "\n" + "\n".join(
        [
            *grown,
            "",
            f"The toolchain: {budget.toolchain()}",
            f"It was recorded with: {recorded['toolchain']}",
            "Where the cost is meant, `make budget` records the new figures.",
        ]
    )


def test_there_are_eleven_forms_and_each_is_recorded():
    recorded = json.loads(budget.RECORDED.read_text())
    assert len(FORMS) == 11
    assert list(recorded["forms"]) == [form.name for form in FORMS]


def test_a_dump_says_what_each_function_has_executed_itself():
    dump = read_dump(DUMP)
    assert dump.trigger == "3:100"
    assert dump.own == Counter({"malloc": 101, "_int_malloc": 300})


@pytest.fixture
def recorded():
    return {
        "toolchain": {"compiler": "GCC 12", "python": "CPython 3.11.7", "libc": "glibc 2.36",
                      "processor": "GenuineIntel, avx2"},
        "forms": {"post": 2000, "get": 1000},
        "functions": {"parse": [1500, 600], "send": [500, 400]},
    }


def test_growth_names_the_form_and_the_functions_that_grew_most_first(recorded):
    post = Counter(parse=1500, send=500)
    assert not budget.growth(recorded, {"post": post, "get": Counter(parse=600, send=430)})
    grown = Counter(parse=610, send=390, check=50)
    (said,) = budget.growth(recorded, {"post": post, "get": grown})
    assert said.splitlines() == [
        "get: 1,050 instructions per request, +5.0% beside the recorded 1,000",
        "         +50  check (few, or none, before)",
        "         +10  parse (600 before)",
    ]


def test_forms_that_came_and_went_are_told(recorded):
    costs = {"post": Counter(parse=1), "put": Counter(parse=1)}
    went, came = budget.growth(recorded, costs)
    assert went.startswith("get: is no longer counted")
    assert came.startswith("put: is not recorded yet")


def test_what_is_recorded_is_read_again(recorded):
    costs = {"post": Counter(parse=1500, send=500, once=1), "get": Counter(parse=600, send=400)}
    again = json.loads(budget.to_record(costs))
    assert again["forms"] == {"post": 2001, "get": 1000}
    assert again["functions"] == recorded["functions"]
    assert not budget.growth(again, costs)


@pytest.mark.parametrize(
    ("part", "decides"), [("compiler", 1), ("python", 1), ("processor", 1), ("libc", 0)]
)
def test_what_makes_figures_incomparable(recorded, part, decides):
    here = copy.deepcopy(recorded["toolchain"])
    assert budget.incomparable(recorded, here) is None
    here[part] = "another"
    assert bool(budget.incomparable(recorded, here)) == bool(decides)
