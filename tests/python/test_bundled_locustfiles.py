"""The locustfiles that come with the project, where their user is likeliest to run them wrongly."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from locustella_process import command

LOCUSTFILES = Path(__file__).parents[2] / "locustfiles"


def test_a_target_that_is_not_there_is_told_by_failures_alone(tmp_path):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        host = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        arguments = ["-f", str(LOCUSTFILES / "quickstart.py"), "--headless", "-u", "4", "-r", "4"]
        run = command(tmp_path, [*arguments, "-t", "2s", "--json", "--host", host])
    assert "Traceback" not in run.err and run.code == 1
    entries = json.loads(run.out)
    assert any(entry["name"] == "/login" for entry in entries)
    assert all(entry["num_failures"] == entry["num_requests"] > 0 for entry in entries)
