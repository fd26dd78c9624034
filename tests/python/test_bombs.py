"""A body of a kilobyte or a megabyte that becomes a gigabyte: one user waits, the others do not.

Their answers keep their true times, none becomes a timeout, and they go on acting meanwhile.
"""

from __future__ import annotations

import zlib

import brotli
import pytest
from demo_target_process import running
from truth_of_runs import percentile, run_against

from support.http_target import HttpTarget, Reply

SIZE = 1 << 30
TRUE_MS = 0.15
LONGEST_STALL_S = 0.4
RUNS = 3

LOCUSTFILE = """
import os
from locust import HttpUser, constant, task

class Victim(HttpUser):
    fixed_count = 1
    wait_time = constant(100)

    @task
    def get(self):
        self.client.get(os.environ["BOMB"], name="bomb", timeout=30)

class Bystander(HttpUser):
    wait_time = constant(0.02)

    @task
    def get(self):
        number = next(numbers)
        self.client.get(f"/delay/50?i={number}", name=f"{number} bystander", timeout=0.25)
"""


def gzip_bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS + 16)
    zeros = bytes(1 << 20)
    return b"".join(packer.compress(zeros) for _ in range(SIZE >> 20)) + packer.flush()


def brotli_bomb() -> bytes:
    packer = brotli.Compressor(quality=5, lgwin=24)
    zeros = bytes(16 << 20)
    return b"".join(packer.process(zeros) for _ in range(SIZE >> 24)) + packer.finish()


BOMBS = {"gzip": gzip_bomb, "br": brotli_bomb}


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("coding", BOMBS)
def test_only_the_one_who_asked_waits_for_it(tmp_path, coding):
    bomb = Reply(200, [("Content-Encoding", coding)], BOMBS[coding]())
    for number in range(RUNS):
        folder = tmp_path / str(number)
        folder.mkdir()
        with HttpTarget() as bombs, running("--service-log", str(folder / "service.log")) as target:
            bombs.add_route("/bomb", lambda _: bomb)
            run = run_against(
                target, folder, LOCUSTFILE, users=21, seconds=8, env={"BOMB": f"{bombs.url}/bomb"}
            )
        assert run.errors == []
        was_decoded = "bomb" in {entry["name"] for entry in run.report["ends"]["entries"]}
        stamped = [sample for sample in run.values() if sample.certainty == "kernel"]
        assert len(stamped) > 0.95 * len(run) > 100
        late, stall = (
            percentile((sample.late_ms for sample in stamped), 0.97),
            run.report["generator"]["stalls"]["longest_s"],
        )
        if was_decoded and late < TRUE_MS and stall < LONGEST_STALL_S:
            return
    pytest.fail(f"{late:.3f} ms too late, {stall:.3f} s nobody acted, decoded: {was_decoded}")
