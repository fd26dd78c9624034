"""All call forms of call_forms.py, or those that BENCH_MIXED_FORMS names, one after the other.

A user goes through the forms of its class and begins where another does not. Every second one has
done first what forms want done once (session headers, cookies, a login): for all its calls.
"""

import itertools
import json
import os
import sys
from pathlib import Path

from locust import FastHttpUser, HttpUser

sys.path.append(str(Path(__file__).resolve().parents[1]))
from call_forms import FORMS  # noqa: E402

names = json.loads(os.environ.get("BENCH_MIXED_FORMS", "null")) or list(FORMS)
users = itertools.count(1)


def forms_of(user_class):
    return [(FORMS[name], FORMS[name].task()) for name in names if FORMS[name].user == user_class]


def next_call(user):
    _, its_task = next(user.turns)
    its_task(user)


class Mixed:
    forms = ()
    tasks = (next_call,)

    def on_start(self):
        user = next(users)
        self.number, self.token = 7, "eyJhbGciOiJIUzI1NiJ9"
        for form, _ in self.forms if user % 2 else ():
            form.set_up(self)
        start = user % len(self.forms)
        self.turns = itertools.cycle(self.forms[start:] + self.forms[:start])


http_forms, fast_forms = forms_of("HttpUser"), forms_of("FastHttpUser")

if http_forms:

    class Visitor(Mixed, HttpUser):
        forms = http_forms


if fast_forms:

    class FastVisitor(Mixed, FastHttpUser):
        forms = fast_forms
