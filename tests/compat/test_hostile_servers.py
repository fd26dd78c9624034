"""Answers that are broken, lying or odd (tests/support/hostile_routes.py): what each client makes
of them.

`EXPECTED` holds for stock Locust and for us; `DIFFERENT` lists where we differ, and why. An outcome
is the body of a success, "! Type" for a recorded failure of that exception and status 0, or "raised
Type".
"""

from __future__ import annotations

import pytest

from support.hostile_routes import ANSWERS, NOT_HTTP

PARSE = "! HTTPParseError"
BROKEN_CHUNKS = "! ChunkedEncodingError"

# name: (HttpUser, FastHttpUser)
EXPECTED = {
    **dict.fromkeys(NOT_HTTP, ("! BadStatusLine", PARSE)),
    **dict.fromkeys(
        (
            "te-list",
            "chunk-extension",
            "trailers",
            "no-framing",
            "no-reason",
            "not-utf8",
            "ninety-fields",
        )
        + ("interim-100", "gzip", "gzip-and-more", "deflate", "deflate-bare", "br", "identity"),
        ("hello", "hello"),
    ),
    "two-lengths": ("! InvalidHeader", PARSE),
    "length-list": ("! InvalidHeader", PARSE),
    "chunk-of-words": (BROKEN_CHUNKS, PARSE),
    "redirect-loop": ("! TooManyRedirects", "! RetriesExceeded"),
    "redirect-to-ftp": ("raised InvalidSchema", "! UnsupportedRedirectSchemeError"),
    "redirect-nowhere": ("", ""),
}

LENIENT = "both clients have one parser here, and it takes what HttpUser's takes under stock"
STRICT = "HTTP forbids it, and what follows the bad line cannot be trusted"
RECORDED = "stock lets an exception of its internals out of the request"
OURS_ONE_CODE = "both clients have one decoder here"
SURPLUS = "stock takes what follows for a part of this answer"

# (name, client): (stock, ours, why)
HTTP, FAST = "HttpUser", "FastHttpUser"
DIFFERENT = {
    **{
        (name, FAST): (PARSE, "hello", LENIENT)
        for name in (
            "length-twice",
            "length-and-chunked",
            "chunked-and-length",
            "te-identity",
            "chunk-padded",
        )
        + ("folded", "line-feeds", "no-colon", "surplus-bytes")
    },
    ("end-without-empty-line", FAST): ("! HTTPParseError with a body", "hello", LENIENT),
    ("blank-in-name", HTTP): ("hello", "! HTTPException", STRICT),
    ("nul", HTTP): ("hello", "! HTTPException", STRICT),
    ("chunk-negative", HTTP): ("raised ValueError", BROKEN_CHUNKS, RECORDED),
    ("many-fields", FAST): ("hello", PARSE, "a limit, --max-response-fields"),
    ("long-field", HTTP): ("! LineTooLong", "! HTTPException", "a limit, --max-response-head"),
    ("long-field", FAST): ("hello", PARSE, "a limit, --max-response-head"),
    ("gzip-cut", HTTP): ("hello", "! ContentDecodingError", "a body that is cut off is no body"),
    ("gzip-empty", FAST): ("raised error", "", RECORDED),
    ("x-gzip", FAST): ("raised ValueError", "hello", OURS_ONE_CODE),
    ("gzip-then-br", FAST): ("raised ValueError", "hello", OURS_ONE_CODE),
    ("unknown", FAST): ("raised ValueError", "hello", OURS_ONE_CODE),
    ("zstd", FAST): ("raised ValueError", "hello", OURS_ONE_CODE),
    ("zstd", HTTP): (
        "(\xb5/\xfd \x05)\0\0hello",
        "hello",
        "stock decodes zstd only with a module for it",
    ),
    ("gzip-members", FAST): ("hel", "hello", OURS_ONE_CODE),
    ("surplus-answer", FAST): ("hellopoison", "hello", SURPLUS),
    ("surplus-of-204", FAST): ("poison", "", SURPLUS),
}
# Those of the rest that only FastHttpUser takes otherwise.
EXPECTED_OF_ONE = {
    **{
        (name, HTTP): "hello"
        for name in (
            "length-twice",
            "length-and-chunked",
            "chunked-and-length",
            "te-identity",
            "chunk-padded",
        )
        + (
            "folded",
            "line-feeds",
            "no-colon",
            "surplus-bytes",
            "end-without-empty-line",
            "unknown",
            "x-gzip",
        )
        + ("gzip-then-br", "gzip-members", "surplus-answer")
    },
    ("many-fields", HTTP): "! HTTPException",
    ("chunk-cut", FAST): "! HTTPParseError with a body",
    ("length-cut", FAST): "! HTTPParseError with a body",
    # a recorded failure, whose `content` raises once more where a script touches it
    ("gzip-cut", FAST): "raised error",
    ("gzip-none", FAST): "raised error",
    ("gzip-damaged", FAST): "raised error",
    ("chunk-cut", HTTP): BROKEN_CHUNKS,
    ("length-cut", HTTP): BROKEN_CHUNKS,
    ("gzip-none", HTTP): "! ContentDecodingError",
    ("gzip-damaged", HTTP): "! ContentDecodingError",
    ("gzip-empty", HTTP): "",
    ("surplus-of-204", HTTP): "",
    ("blank-in-name", FAST): PARSE,
    ("nul", FAST): PARSE,
    ("chunk-negative", FAST): PARSE,
}


def outcome_of(fact):
    if fact["raised"]:
        return f"raised {fact['raised']}"
    status, body = fact["returned"]
    (event,) = fact["events"]
    if event["exception"] is None:
        return body
    return f"! {event['exception type']}{' with a body' if status else ''}"


class TestHostileServers:
    """Each a failure that is recorded, or an answer; and the next request is not harmed."""

    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario

        MyFastHttpUser.network_timeout = 10.0

        def get(user, name):
            patience = {"timeout": 10} if isinstance(user, MyHttpUser) else {}
            response = user.client.get("/hostile/" + name, **patience)
            return [response.status_code, (response.content or b"").decode("latin1")]

        def afterwards(user, name):
            return user.client.get("/json").json()["name"]

        @scenario
        def steps(user):
            for name in NAMES:
                attempt(user, get, name)
                attempt(user, afterwards, name)
    """.replace("NAMES", str(list(ANSWERS)))
    ARGS = ["-u", "2"]

    @pytest.mark.parametrize("client", [HTTP, FAST])
    @pytest.mark.parametrize("name", ANSWERS)
    def test_outcome(self, run, implementation, client, name):
        outcome = outcome_of(run.fact(f"{client} get-{name}"))
        if (name, client) in DIFFERENT:
            stock, ours, _why = DIFFERENT[name, client]
            expected = stock if implementation.name == "stock" else ours
        elif (name, client) in EXPECTED_OF_ONE:
            expected = EXPECTED_OF_ONE[name, client]
        else:
            expected = EXPECTED[name][client == FAST]
        assert outcome == expected

    @pytest.mark.parametrize("client", [HTTP, FAST])
    @pytest.mark.parametrize("name", ANSWERS)
    def test_the_next_request(self, run, client, name):
        assert run.fact(f"{client} afterwards-{name}")["returned"] == "lark"

    @pytest.mark.parametrize("client", [HTTP, FAST])
    def test_failures_have_words(self, run, client):
        for name in (*NOT_HTTP, "two-lengths", "chunk-of-words"):
            for event in run.fact(f"{client} get-{name}")["events"]:
                assert len(event["exception"]) > len(event["exception type"]) + len("('')")
