"""The ways in which locustfiles call the client: each a line of a task, as somebody would write it.

    form = FORMS["FastHttpUser, get('/', auth=('u', 'p'))"]
    form.user, form.code    # "FastHttpUser", "self.client.get('/', auth=('u', 'p'))"
    form.task()             # the function that a user class takes for a task

`locustfiles/call_form_*.py` runs the one that BENCH_CALL_FORM names; the table of the report shows
its code. `python tests/benchmarks/run.py --list --only 'call form'` lists them all.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

USUAL, SLOW = 2.0, 3.0


@dataclass(frozen=True)
class Form:
    """`code` is the task's body, `first` what each user does once, before; `module` what stands at
    the top of the locustfile, before the class. `requests`: how many one call makes. `most`: how
    many times wrk's CPU a request may cost.
    """

    user: str
    code: str
    words: str = ""
    first: str = ""
    module: str = ""
    requests: int = 1
    most: float = USUAL

    @property
    def label(self) -> str:
        """What the table shows: some words, or else the code."""
        return self.words or self.code.replace("self.client.", "")

    @property
    def name(self) -> str:
        return f"{self.user}, {self.label}"

    def task(self) -> Callable[[Any], None]:
        """Python's own function, as if the code stood in the locustfile."""
        names = _names_of(self.module)
        body = textwrap.indent(self.code, "    ")
        exec(compile(f"def call(self):\n{body}\n", f"<{self.name}>", "exec"), names)
        return names["call"]

    def set_up(self, user: Any) -> None:
        exec(self.first, {"self": user, **_names_of("")})


def _names_of(module: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "locustfile"}
    exec(module, names)
    return names


@dataclass(frozen=True)
class _Of:
    """Writes forms of one user class down."""

    user: str
    forms: dict[str, Form] = field(default_factory=dict)

    def __call__(self, code: str, words: str = "", **more: Any) -> None:
        form = Form(self.user, code, words, **more)
        self.forms[form.name] = form


LISTENER = """
from locust import events

@events.request.add_listener
def on_request(request_type, name, response_time, response_length, exception, context, **kwargs):
    pass
"""
PROXIES = "self.client.proxies['http'] = self.host"
LOGIN = "self.at = self.host.replace('://', '://user:secret@') + '/'"
WRAPPED = """
ours = self.client.request

def request(*args, **more):
    return ours(*args, **more)

self.client.request = request
"""
HERE = f"__file__ = {__file__!r}"  # a file that is there; over HTTP nobody reads it
BASIC = "from requests.auth import HTTPBasicAuth"
JUDGED = """\
with self.client.{call}, catch_response=True) as response:
    if {wrong}:
        response.failure("wrong")"""
ORDER = "{'item': 7, 'quantity': 2, 'note': 'as a gift', 'express': True}"


def _of_http_user() -> Mapping[str, Form]:
    add = _Of("HttpUser")
    add("self.client.get('/')")
    add("self.client.get('/', name='front')")
    add("self.client.get('/', verify=False)")
    add("self.client.get('/', timeout=(3, 10))")
    add("self.client.get(self.host + '/products')")
    add("self.client.get('/a%20b?q=%C3%A4')")
    add("self.client.get('/café?q=a b')")
    add("self.client.get('/', params={'page': 2, 'sort': 'price'})")
    add("self.client.get('/', params=[('page', 2), ('tag', 'a'), ('tag', 'b')])")
    add("self.client.get('/', auth=('u', 'p'))")
    add("self.client.get('/', auth=HTTPBasicAuth('u', 'p'))", module=BASIC)
    add("self.client.get('/', cookies={'seen': '1'})")
    add("self.client.request('GET', '/')")
    add("self.client.get('/', headers={'X-Token': 'abc', 'Accept': 'text/html'})")
    add("self.client.get('/', headers={'X-Name': 'café'})")
    add("self.client.get('/', headers={'X-Token': b'abc'})")
    add("self.client.get('/', context={'step': 1})")
    add("with self.client.rename_request('one'):\n    self.client.get('/')", "rename_request()")
    add("self.client.post('/orders', data={'user': 'alice', 'password': 'wonderland'})")
    add("self.client.post('/orders', data=[('tag', 'a'), ('tag', 'b')])")
    add("self.client.put('/orders', data=b'some bytes')")
    add(f"self.client.post('/orders', json={ORDER})", "post('/orders', json={...})")
    add(
        "self.client.post('/orders', files={'file': ('a.txt', b'some text', 'text/plain')})",
        "post('/orders', files={...})",
        most=SLOW,
    )
    # no HEAD: wrk waits for the body that its answer announces
    add("self.client.delete('/orders')")
    add("self.client.patch('/orders', data='some text')")
    add("self.client.get('/missing')", "a 404", most=SLOW)
    add("self.client.get('/old')", "a redirect", requests=2)
    add("self.client.get('/', stream=True).content", most=SLOW)
    add("self.client.get('/', proxies={'http': self.host})")
    add("self.client.get('/')", "session proxies", first=PROXIES)
    add("self.client.get('/', cert=__file__)", module=HERE)
    add("self.client.get('/', verify=__file__)", module=HERE)
    add("self.client.request('PROPFIND', '/')")
    add("self.client.get('/', headers={'Host': 'shop.test'})")
    add("self.client.get(self.at)", "user and password in the URL", first=LOGIN)
    add("self.client.post('/orders', data=io.BytesIO(b'some bytes'))", module="import io")
    add("self.client.get('/')", "a request() of one's own", first=WRAPPED)
    add("self.client.get('/orders').json()['id']")
    add(
        "response = self.client.get('/')\nresponse.raise_for_status()\n"
        "response.elapsed.total_seconds()\nresponse.headers['Content-Type']",
        "raise_for_status(), elapsed, headers",
    )
    add(
        JUDGED.format(call="get('/orders'", wrong="response.json()['id'] != 4711"),
        "a with block that looks at json()",
    )
    add(JUDGED.format(call="get('/'", wrong="True"), "failure() in a with block", most=SLOW)
    add("self.client.get('/')", "a listener on events.request", module=LISTENER)
    add(
        "self.number = self.number % 9 + 1\n"
        "self.client.headers['X-Number'] = str(self.number)\nself.client.get('/')",
        "session headers changed before each request",
        first="self.number = 0",
    )
    add(
        "self.client.get('/')",
        "session headers, cookies, auth and params",
        first="self.client.headers['X-Token'] = 'abc'\nself.client.cookies['seen'] = '1'\n"
        "self.client.auth = ('u', 'p')\nself.client.params = {'lang': 'de'}",
    )
    add(
        "self.client.post('/orders?dry=1', json={'item': self.number, 'tags': ['a', 'b']},\n"
        "    headers={'Authorization': f'Bearer {self.token}'}, name='/orders', timeout=10,\n"
        "    verify=False)",
        "json, bearer token, name, timeout, verify",
        first="self.number, self.token = 7, 'eyJhbGciOiJIUzI1NiJ9'",
    )
    return add.forms


def _of_fast_http_user() -> Mapping[str, Form]:
    add = _Of("FastHttpUser")
    add("self.client.get('/', context={'step': 1})")
    add("self.client.get('/')")
    add("self.client.get('/', auth=('u', 'p'))")
    add("self.client.get('/a%20b?q=%C3%A4')")
    add("self.client.get('/café?q=a b')")
    add("self.client.get(self.host + '/products')")
    add("self.client.get('/', timeout=5)")
    add("self.client.get('/', verify=False, cookies={'seen': '1'})")
    add("self.client.get('/', network_timeout=5.0, max_retries=0)")
    add(
        "self.client.get(self.elsewhere + '/products')",
        "another host's URL",
        first="self.elsewhere = self.host.replace('127.0.0.1', 'localhost')",
    )
    add("self.client.get('/', headers={'X-Token': 'abc', 'Accept': 'text/html'})")
    add("self.client.get('/', headers={'X-Number': 7, 'X-None': None, 'Cookie': 'seen=1'})")
    add("self.client.request('GET', '/')")
    add("self.client.request('PROPFIND', '/')")
    add("self.client.post('/orders', data=io.BytesIO(b'some bytes'))", module="import io")
    add("self.client.get('/')", "a request() of one's own", first=WRAPPED)
    add(
        "self.client.post('/orders', data={'user': 'alice'}, timeout=5, verify=False)",
        "post('/orders', data={...}, timeout=5)",
    )
    add(f"self.client.post('/orders', json={ORDER})", "post('/orders', json={...})")
    add("self.client.post('/orders', data={'user': 'alice', 'password': 'wonderland'})")
    add(
        "with self.rest('GET', '/orders') as response:\n    response.js['id']",
        "rest('GET', '/orders') and .js",
    )
    add("self.client.get('/missing')", "a 404", most=SLOW)
    add("self.client.get('/', stream=True).content", most=SLOW)
    add("self.client.get('/')", "a listener on events.request", module=LISTENER)
    return add.forms


FORMS: Mapping[str, Form] = {**_of_http_user(), **_of_fast_http_user()}
