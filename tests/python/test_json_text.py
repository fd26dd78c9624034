"""JSON bodies are parsed as json.loads parses them, whatever they hold."""

from __future__ import annotations

import json

import pytest

from locustella.http.json_text import parsed

SOUND = [
    "{}", "[]", "0", '"x"', "null", " {}", "{} ", "\n[1,\t2]\r\n", '{"a": 1, "a": 2}', "-0", "-0.0",
    "1e400", "NaN", "[Infinity, -Infinity]", str(2**70), '"\\ud800"', '"\\u00e4\U0001f600"',
    "1.0000000000000002",
    "[" * 200 + "]" * 200,
]  # fmt: skip
BROKEN = [
    "", " ", "\x0b{}", "{}x", "{} {}", "{", "[1,", '{"a"}', "{'a': 1}", "tru", "\ufeff{}", "01",
    "+1", '"\n"', "{}\xa0",
]  # fmt: skip


@pytest.mark.parametrize("text", SOUND)
def test_sound(text):
    assert repr(parsed(text)) == repr(json.loads(text))


@pytest.mark.parametrize("text", BROKEN)
def test_broken(text):
    with pytest.raises(json.JSONDecodeError) as stock:
        json.loads(text)
    with pytest.raises(json.JSONDecodeError) as ours:
        parsed(text)
    assert ours.value.args == stock.value.args
    assert (ours.value.doc, ours.value.pos) == (stock.value.doc, stock.value.pos)


@pytest.mark.parametrize("value", [None, b"{}", 7])
def test_no_text(value):
    outcomes = []
    for parse in (json.loads, parsed):
        try:
            outcomes.append(parse(value))
        except TypeError as error:
            outcomes.append(str(error))
    assert outcomes[0] == outcomes[1]


def test_a_replaced_loads_is_asked(monkeypatch):
    monkeypatch.setattr(json, "loads", lambda text: ["mine", text])
    assert parsed("{}") == ["mine", "{}"]
