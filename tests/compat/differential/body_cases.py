"""Cases of request bodies: text, bytes, forms, JSON, files, streams, multipart."""

from __future__ import annotations

import random
from typing import Any

from support.recording_server import Answer

from .steps import scenario, some, step

_TEXT = ["a", "b", " ", "é", "日", "&", "=", "+", "%", "\r\n", '"', "x" * 50]


_OF_SESSIONS = [
    {"Content-Type": "application/json"}, {"content-type": "text/x", "Accept": "text/y"},
    {"Authorization": "Bearer of the session"}, {"Accept-Encoding": "identity", "X-One": "1"},
    {"Content-type": "application/json", "ACCEPT": "text/y"}, {"Content-Type": "", "X-One": "1"},
]  # fmt: skip


def _form(rng: random.Random, kind: str) -> Any:
    text = [some(rng, _TEXT, 0, 6) for _ in range(3)]
    forms: list[Any] = [
        {"a": text[0], "b": text[1]}, {text[2] or "k": "v"},
        {"n": 1, "t": True, "f": 0.5, "b": b"bytes"}, {}, {"none": None, "x": "1"},
        {"list": ["1", "2"], "x": "y"}, {"none": None}, {"a": None, "b": None},
    ]  # fmt: skip
    if kind == "http":
        forms += [[("a", text[0]), ("a", text[1])], (("t", "1"),), [], {"tuple": (1, 2)}]
        forms += [[("none", None)], {"list": []}, {"list": [None]}]
    return rng.choice(forms)


def _stream(rng: random.Random, kind: str) -> Any:
    pieces = [some(rng, _TEXT, 0, 3).encode() for _ in range(rng.randint(0, 4))]
    whole = b"".join(pieces)
    kinds: list[Any] = [
        ("$file", "upload.txt", whole + b"!"), ("$bytesio", whole + b"!"), ("$generator", pieces),
        ("$iterable", pieces),
    ]  # fmt: skip
    if kind == "fast":
        kinds += [
            ("$bytesio", b"long " * 2000),
            ("$stringio", "stríng"),
            ("$generator", ["tèxt", b"bytes"]),
        ]
    return rng.choice(kinds)


def bodies(rng: random.Random, kind: str) -> dict[str, Any]:
    """One body of each kind, with and without a Content-Type of the caller's."""
    steps = []
    for _ in range(6):
        arguments: dict[str, Any] = {}
        shape = rng.random()
        if shape < 0.25:
            arguments["data"] = some(rng, _TEXT, 0, 8)
        elif shape < 0.4:
            arguments["data"] = some(rng, _TEXT, 0, 8).encode("utf-8")
        elif shape < 0.65:
            arguments["data"] = _form(rng, kind)
        elif shape < 0.8:
            arguments["json"] = rng.choice(
                [{"a": 1}, [1, "é"], "text", 0, None, {}, [], 1.5, True, {"日": [None]}]
            )
        else:
            arguments["data"] = _stream(rng, kind)
        if rng.random() < 0.15:
            arguments["json"] = rng.choice([{"both": 1}, None])
        if rng.random() < 0.3:
            name = rng.choice(["Content-Type", "content-type"])
            arguments["headers"] = {name: rng.choice(["text/x", "application/json", ""])}
        method = rng.choice(["POST", "POST", "PUT", "PATCH", "DELETE", "GET"])
        steps.append(step(method, "/body", verb=rng.random() < 0.8, **arguments))
    if rng.random() < 0.3:
        return scenario(*steps, headers=rng.choice(_OF_SESSIONS))
    return scenario(*steps)


def files(rng: random.Random, kind: str) -> dict[str, Any]:
    """Multipart forms; the boundary is the same everywhere because the driver fixes what it is made
    from.
    """
    content = some(rng, _TEXT, 0, 6).encode()
    forms: list[Any] = [
        {"f": ("$file", "a.txt", content)}, {"f": ("name.txt", content)},
        {"f": ("ü.txt", content, "text/x")}, {"f": ("n", "téxt", "text/plain", {"X-Part": "1"})},
        [("f", ("1", b"1")), ("f", ("2", b"2"))], {"f": content}, {"f": "text"},
        {"f": ("$bytesio", content)}, {'q"uote': ('n"a', b"x")},
        {"f": ("a.txt", ("$file", "b.txt", content), "text/x", {"X-One": "é", "X-Empty": ""})},
        {"ü\r\n": ("l\r\nine\\", content)}, {"f": ("$stringio", "stríng")}, {"f": (None, content)},
        {"f": ("", content, "")}, {"f": ["list.txt", content]}, [["f", ("l", "x")]],
        {"f": ("n", None), "g": content}, {"f": bytearray(content)}, {"f": 7}, {b"f": content},
        {"f": (b"bytes", content)}, {"f": ("n", content, None, None)}, {"f": ("n", content, "t", {
            "Content-Type": "own", "Content-Location": "x", "Content-Disposition": "y"})},
        {"f": ("one",)}, {}, [], {"f": ("$file", "<odd>", content)},
        {"f": ("n", content, None, [("X", "1")])},
    ]  # fmt: skip
    steps = []
    for _ in range(4):
        arguments: dict[str, Any] = {"files": rng.choice(forms)}
        if rng.random() < 0.5:
            arguments["data"] = rng.choice(
                [
                    {"a": "1", "é": "ü"}, {"l": ["1", 2, None]}, [("a", "1"), ("a", b"\xff")], {},
                    {"n": None}, {"n": 1.5e300, "t": True, "i": 7}, {"d": {"k": "v"}}, "text", b"b",
                ]
            )  # fmt: skip
            if not arguments["files"]:  # what is no form is told of in other words
                arguments["data"] = {"a": "1"}
        if rng.random() < 0.1:
            arguments["json"] = {"j": 1}
        if rng.random() < 0.3:
            arguments["headers"] = rng.choice(
                [
                    {"Content-Type": "mine/own"}, {"X-One": "1"}, {"Cookie": "c=1"},
                    {"Host": "a.test"},
                ]
            )  # fmt: skip
        answers = None
        if rng.random() < 0.15:
            answers = [Answer(rng.choice([302, 307]), "", [("Location", "/there")]), Answer()]
        method = rng.choice(["POST", "POST", "PUT", "GET"])
        steps.append(step(method, "/files", answers, **arguments))
    return scenario(*steps)
