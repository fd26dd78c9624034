"""Whatever is plain data goes out natively, with the bytes of `requests` and its view of them."""

from __future__ import annotations

import datetime
import decimal
import enum
import uuid
from collections import OrderedDict, defaultdict

import pytest
import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from tests.support.http_target import Reply
from urllib3 import Timeout
from urllib3.util.retry import Retry

from locustella import _core
from locustella.clients import HttpSession
from locustella.contrib.fasthttp import FastHttpSession


class Colour(str, enum.Enum):  # noqa: UP042  # as many write it
    RED = "red"


class Size(enum.IntEnum):
    BIG = 7


DAY = datetime.datetime(2026, 1, 2, 3, 4, 5, 60)
OF_LIBRARY = {
    "when": DAY, "day": DAY.date(), "at": DAY.time(), "for": datetime.timedelta(3, 4),
    "id": uuid.UUID(int=5), "price": decimal.Decimal("1.50"),
}  # fmt: skip
KEYS = {1: 2, None: 3, False: 4, 1.5: 5, Colour.RED: Colour.RED}
VALUES = {"size": Size.BIG, "much": -(10**30)}
MAPPINGS = {"ordered": OrderedDict(b=1, a=[2]), "default": defaultdict(int, a=1)}
MOVED = OrderedDict(a="1", b="2")
MOVED.move_to_end("a")

FORMS = [
    ("GET", "", {}),
    ("get", "/any", {}),
    ("Head", "/any", {}),
    ("delete", "/any", {}),
    ("GET", "/any", {"params": OF_LIBRARY}),
    ("GET", "/any", {"params": MOVED, "headers": MOVED}),
    ("GET", "/any", {"params": CaseInsensitiveDict({"A": "1"})}),
    ("GET", "/any", {"headers": CaseInsensitiveDict({"X-A": "1"})}),
    ("POST", "/any", {"data": OF_LIBRARY | {"colour": Colour.RED, "much": 10**30}}),
    ("POST", "/any", {"data": MOVED, "files": OrderedDict(b=b"1", a=b"2")}),
    ("POST", "/any", {"json": KEYS | VALUES | MAPPINGS}),
    ("POST", "/any", {"json": MOVED}),
    ("PUT", "/any", {"data": defaultdict(list, a=[1, 2])}),
    ("GET", "/any", {"headers": {"Cookie": "a=1", "X-A": "y"}}),
    ("POST", "/any", {"headers": {"X-A": "y", "cookie": "a=1"}, "json": []}),
    ("GET", "/moved", {"headers": {"Cookie": "a=1"}}),
    ("GET", "/any", {"timeout": Timeout(connect=1, read=2)}),
    ("GET", "/any", {"timeout": Timeout(total=2)}),
    ("GET", "/any", {"timeout": Timeout(3.0, read=None)}),
    ("GET", "/any", {"proxies": {}}),
]


def without_boundary(request):
    fields = dict(request.headers)
    boundary = fields.get("Content-Type", "").partition("boundary=")[2]
    body = request.body or b""
    body = body.encode() if isinstance(body, str) else body
    if boundary:
        fields["Content-Type"] = fields["Content-Type"].replace(boundary, "-")
        body = body.replace(boundary.encode(), b"-")
    return request.method, list(fields.items()), body


def shown(answer):
    """The Cookie comes last in what ours shows."""
    method, fields, body = without_boundary(answer.request)
    return method, sorted(fields), body


@pytest.fixture
def session(target, recording):
    target.add_route("/", lambda request: Reply(200, body=b"front"))
    session = HttpSession(target.url, recording.event, None)
    session.cookies.set("kept", "1")
    yield session
    session._close_connections()


@pytest.fixture
def plain():
    session = requests.Session()
    session.headers["Accept-Encoding"] = "gzip, deflate, br"
    session.cookies.set("kept", "1")
    return session


def natively(call) -> int:
    """How many of its requests."""
    before = _core.plain_requests()
    call()
    return _core.plain_requests() - before


@pytest.mark.parametrize(("method", "url", "said"), FORMS)
def test_as_requests_sends_it(session, plain, target, method, url, said):
    answers = []
    assert natively(lambda: answers.append(session.request(method, url, **said))) == 1
    ours = [without_boundary(one) for one in target.received]
    target.received.clear()
    usual = plain.request(method, target.url + url, **said)
    assert ours == [without_boundary(one) for one in target.received]
    (answer,) = answers
    assert shown(answer) == shown(usual)
    assert answer.request.url == usual.request.url


def test_entries_have_the_method_as_it_was_spelled(session, recording):
    session.request("get", "/any")
    session.request("Post", "/any", data="x")
    session.get("/any")
    assert recording.entries == {("/any", "get"): 1, ("/any", "Post"): 1, ("/any", "GET"): 1}


def test_cookies_of_the_call_beside_a_field_are_merged_by_python(session, plain, target):
    said = {"headers": {"Cookie": "a=1"}, "cookies": {"b": "2"}}
    assert natively(lambda: session.get("/any", **said)) == 0
    ours = target.received[-1].header("Cookie")
    plain.get(target.url + "/any", **said)
    assert ours == target.received[-1].header("Cookie")


def test_adapters_that_change_nothing(session):
    adapter = HTTPAdapter(pool_maxsize=50)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    assert natively(lambda: session.get("/any")) == 1
    assert natively(lambda: session.get("/moved")) == 1
    adapter.max_retries = Retry(3)
    assert natively(lambda: session.get("/any")) == 0
    adapter.max_retries = Retry(0, read=False)
    assert natively(lambda: session.get("/any")) == 1
    adapter.poolmanager.connection_pool_kw["block"] = True
    assert natively(lambda: session.get("/any")) == 0
    adapter.poolmanager.connection_pool_kw["block"] = False
    assert natively(lambda: session.get("/any")) == 1
    del session.adapters["http://"]
    with pytest.raises(requests.exceptions.InvalidSchema):
        session.get("/any")


@pytest.mark.parametrize("base", ["/", "/api/"])
@pytest.mark.parametrize("path", ["any", "a b", "", "?a=1"])
def test_a_base_that_ends_in_a_slash(target, recording, base, path):
    for at in ("/any", "/a%20b", "/", "/?a=1"):
        target.add_route(base + at[1:], lambda request: Reply(200, body=b"fine"))
    session = FastHttpSession(target.url + base, recording.event, None)
    assert natively(lambda: session.get(path)) == 1
    assert target.received[-1].target == base + path.replace(" ", "%20")
    with pytest.raises(ValueError) if base == "/" else pytest.MonkeyPatch.context():
        session.get("/any")
    session._close_connections()
