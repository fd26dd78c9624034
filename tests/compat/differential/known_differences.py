"""The differences between stock Locust and us that are meant, each with its reason.

Before two sides are compared, each rule here takes its difference out of both: only where the case
is of its kind, and nothing else of the case. docs/http.md has the same list for people.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Facts = dict[str, Any]
Rule = Callable[[dict[str, Any], Facts, Facts], None]

HTTP: list[Rule] = []
FAST: list[Rule] = []


def levelled(kind: str, step: dict[str, Any], stock: Facts, ours: Facts) -> tuple[Facts, Facts]:
    """Both sides without the differences that are meant."""
    stock, ours = dict(stock), dict(ours)
    for rule in HTTP if kind == "http" else FAST:
        rule(step, stock, ours)
    return stock, ours


def _of(*lists: list[Rule]) -> Callable[[Rule], Rule]:
    def add(rule: Rule) -> Rule:
        for one in lists:
            one.append(rule)
        return rule

    return add


def _drop(stock: Facts, ours: Facts, *prefixes: str) -> None:
    for facts in (stock, ours):
        for name in [name for name in facts if name.startswith(prefixes)]:
            del facts[name]


def _answered(step: dict[str, Any], name: str) -> list[str]:
    """The values of a field in all answers of a case."""
    return [
        value
        for answer in step["answers"]
        for field, value in answer.headers
        if field.lower() == name
    ]


@_of(HTTP, FAST)
def white_space_behind_values(step: dict[str, Any], stock: Facts, ours: Facts) -> None:
    """A header's value loses the white space behind it, as RFC 9112 has it; llhttp and http.client
    keep it.
    """
    if any(value != value.rstrip() for answer in step["answers"] for _, value in answer.headers):
        _drop(
            stock,
            ours,
            "response.headers",
            "response.header text",
            "response.history",
            "plain.history",
        )


@_of(HTTP)
def place_of_the_cookie(step: dict[str, Any], stock: Facts, ours: Facts) -> None:
    """On the wire the Cookie stands where `requests` has it; in `request.headers` it comes last."""
    for facts in (stock, ours):
        if rows := facts.get("response.request headers"):
            facts["response.request headers"] = _cookie_last(rows)
        if hops := facts.get("response.hop requests"):
            facts["response.hop requests"] = [[_cookie_last(rows), body] for rows, body in hops]


def _cookie_last(rows: list[list[str]]) -> list[list[str]]:
    return sorted(rows, key=lambda row: row[0].lower() == "cookie")


@_of(HTTP)
def pieces_of_chunked_bodies(step: dict[str, Any], stock: Facts, ours: Facts) -> None:
    """`iter_content` of a streamed body gives what has come; under `requests` its pieces end where
    the server's chunks do.
    """
    if not any(answer.framing == "chunked" for answer in step["answers"]):
        return
    how = (step["read"] or ("",))[0]
    if how == "raw after a piece":  # urllib3 loses its way there
        _drop(stock, ours, "read", "response.")
    elif how in ("first piece, then closed", "iter_lines"):
        _drop(stock, ours, "read")
    elif how in ("iter_content", "raw, a stream"):
        for facts in (stock, ours):
            facts["read"] = _joined(facts["read"])
    elif how == "twice":
        for facts in (stock, ours):
            facts["read"] = [_joined(facts["read"][0]), facts["read"][1]]


def _joined(pieces: Any) -> Any:
    """The pieces as one, with what ended them."""
    texts = [piece for piece in pieces if isinstance(piece, str | bytes)]
    if not texts or pieces[0] == "raised":
        return pieces
    return [type(texts[0])().join(texts), *pieces[len(texts) :]]


@_of(HTTP)
def coded_bodies_that_end_too_early(step: dict[str, Any], stock: Facts, ours: Facts) -> None:
    """A coded body that ends too early is a failure; `requests` takes what it could decode of it
    for the whole.
    """
    failed = [kind for kind, _ in ours.get("raised", [])][:1] == ["ContentDecodingError"]
    if failed and "raised" not in stock and _answered(step, "content-encoding"):
        _drop(stock, ours, "response.", "raised", "events")


@_of(HTTP)
def locations_that_are_not_utf8(step: dict[str, Any], stock: Facts, ours: Facts) -> None:
    """A Location that is not UTF-8 is followed, its bytes escaped; `requests` raises
    UnicodeDecodeError into the task.
    """
    if [kind for kind, _ in stock.get("raised", [])] == [
        "UnicodeDecodeError"
    ] and "/é" in _answered(step, "location"):
        _drop(stock, ours, "response.", "raised", "events", "jar", "request ")


@_of(HTTP)
def impossible_ports(step: dict[str, Any], stock: Facts, ours: Facts) -> None:
    """A Location with an impossible port raises InvalidURL; in `requests` a ValueError where
    credentials are at stake.
    """
    if stock.get("raised") != [("ValueError", "Port out of range 0-65535")]:
        return
    of_itself = not (step["method"] == "HEAD" and step["verb"])
    if step["arguments"].get("allow_redirects", of_itself) is False:
        _drop(stock, ours, "response.", "raised", "events")
    elif [kind for kind, _ in ours.get("raised", [])][:1] == ["InvalidURL"]:
        _drop(stock, ours, "raised")


@_of(HTTP)
def no_redirect_is_none_too_many(step: dict[str, Any], stock: Facts, ours: Facts) -> None:
    """With `max_redirects = 0` a redirect that is not to be followed is an answer; `requests`
    raises TooManyRedirects.
    """
    refused = any(
        event["exception text"] == "Exceeded 0 redirects." for event in stock.get("events", [])
    )
    if refused and (step["method"] == "HEAD" or step["arguments"].get("allow_redirects") is False):
        _drop(stock, ours, "response.", "raised", "events")


@_of(FAST)
def user_agent_of_the_client(step: dict[str, Any], stock: Facts, ours: Facts) -> None:
    """geventhttpclient adds its User-Agent below the request where `default_headers` have none; we
    show it.
    """
    rows = stock.get("response.request headers")
    if rows is not None and not any(name.lower() == "user-agent" for name, _ in rows):
        ours["response.request headers"] = [
            row for row in ours["response.request headers"] if row[0] != "User-Agent"
        ]


@_of(FAST)
def failed_responses_have_everything(step: dict[str, Any], stock: Facts, ours: Facts) -> None:
    """What stock's stand-in for a failed response lacks (AttributeError) ours has: None, an empty
    list, a length of None.
    """
    for name, value in stock.items():
        if isinstance(value, list) and value[:2] == ["raised", "AttributeError"]:
            ours[name] = value


@_of(FAST)
def redirects_to_nowhere(step: dict[str, Any], stock: Facts, ours: Facts) -> None:
    """A Location without a host, or with an impossible port, is a recorded failure; stock looks up
    the host "", or raises.
    """
    nowhere = re.compile(r"https?:(/?[^/]|//$|//[^/]*:\d{5,}/)")
    if (
        any(nowhere.match(value) for value in _answered(step, "location"))
        and ours.get("response.status") == 0
    ):
        _drop(stock, ours, "response.", "plain.", "raised", "events")


@_of(FAST)
def two_content_types(step: dict[str, Any], stock: Facts, ours: Facts) -> None:
    """With two Content-Type fields the text is decoded by the first; in stock reading it raises
    AttributeError.
    """
    if any(
        len([1 for name, _ in answer.headers if name.lower() == "content-type"]) > 1
        for answer in step["answers"]
    ):
        _drop(stock, ours, "response.text", "response.json", "response.encoding")


@_of(FAST)
def members_of_gzip(step: dict[str, Any], stock: Facts, ours: Facts) -> None:
    """All members of a gzip body are decoded, RFC 1952; stock's client stops behind the first."""
    if any(answer.body.count(b"\x1f\x8b\x08") > 1 for answer in step["answers"]):
        _drop(
            stock,
            ours,
            "response.content",
            "response.text",
            "response.data",
            "response.json",
            "events",
        )


@_of(FAST)
def streams_that_broke_off(step: dict[str, Any], stock: Facts, ours: Facts) -> None:
    """A stream that has broken off raises whenever it is read; stock raises once, and shows what is
    left of it from then on.
    """
    if step["arguments"].get("stream") and any(a.framing == "cut" for a in step["answers"]):
        names = ("content", "text", "data", "json", "encoding", "closed")
        _drop(stock, ours, *(f"response.{name}" for name in names), "plain.read")


@_of(FAST)
def empty_bodies_with_a_coding(step: dict[str, Any], stock: Facts, ours: Facts) -> None:
    """A body of no bytes is empty whatever its coding; stock fails to inflate it."""
    empty = not any(answer.body for answer in step["answers"])
    if empty and "deflate" in _answered(step, "content-encoding"):
        _drop(stock, ours, "response.", "plain.", "events")


@_of(FAST)
def undecodable_brotli(step: dict[str, Any], stock: Facts, ours: Facts) -> None:
    """A damaged brotli body is a recorded failure; stock raises brotli's exception into the task,
    unrecorded.
    """
    if "br" in _answered(step, "content-encoding") and "raised" in stock:
        _drop(stock, ours, "response.", "plain.", "raised", "events")
