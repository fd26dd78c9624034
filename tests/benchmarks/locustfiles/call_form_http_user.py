"""The call form of call_forms.py that BENCH_CALL_FORM names, again and again."""

import os
import sys
from pathlib import Path

from locust import HttpUser

sys.path.append(str(Path(__file__).resolve().parents[1]))
from call_forms import FORMS  # noqa: E402

form = FORMS[os.environ["BENCH_CALL_FORM"]]


class Visitor(HttpUser):
    tasks = [form.task()]

    def on_start(self):
        form.set_up(self)
