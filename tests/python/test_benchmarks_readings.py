"""What the benchmark reads: the kernel's texts, nginx's status page, the target's service log."""

from __future__ import annotations

import json
import os
import struct
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

from demo_target import parse_counters  # noqa: E402
from growth import Sample, bytes_per_request  # noqa: E402
from machine import (  # noqa: E402
    CoreTimes,
    other_load,
    parse_core_list,
    parse_core_times,
    pick_cores,
    stolen_share,
)
from processes import cpu_clock_id, parse_kib, running  # noqa: E402
from recorded import compare_with_truth, parse_recorded  # noqa: E402
from service_log import Served, parse_service_log, service_times_us  # noqa: E402
from sockets import count_established, free_ports  # noqa: E402
from targets import Counters, parse_stub_status  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize(
    ("text", "cores"),
    [("0\n", {0}), ("0-2,5\n", {0, 1, 2, 5}), ("3,7", {3, 7}), ("", set())],
)
def test_core_lists(text, cores):
    assert parse_core_list(text) == cores


def test_cores_are_taken_from_different_physical_cores():
    pairs = {0: {0, 1}, 1: {0, 1}, 2: {2, 3}, 3: {2, 3}}
    chosen = pick_cores({0, 1, 2, 3}, pairs.__getitem__)
    assert (chosen.target, chosen.client, chosen.note) == (0, 2, "")


def test_hardware_threads_of_one_core_are_taken_with_a_note():
    chosen = pick_cores({4, 5}, lambda core: {4, 5})
    assert (chosen.target, chosen.client) == (4, 5)
    assert "hardware threads" in chosen.note


def test_a_single_core_is_shared_with_a_note():
    chosen = pick_cores({3}, lambda core: {core})
    assert (chosen.target, chosen.client) == (3, 3)
    assert "share" in chosen.note


def test_core_times_leave_idle_and_stolen_time_out_of_busy():
    text = f"cpu  1 1 1 1\ncpu0 {TICKS} 0 {TICKS} {5 * TICKS} {TICKS} 0 {TICKS} {2 * TICKS} 9 0\n"
    assert parse_core_times(text, 0) == CoreTimes(busy=3.0, stolen=2.0, total=11.0)


def test_core_ten_is_not_core_one():
    text = f"cpu1 {TICKS} 0 0 0 0 0 0 0\ncpu10 {7 * TICKS} 0 0 0 0 0 0 0\n"
    assert parse_core_times(text, 1).busy == 1.0
    with pytest.raises(ValueError, match="core 2"):
        parse_core_times(text, 2)


def test_load_of_others_is_what_the_client_did_not_use():
    before, after = CoreTimes(10.0, 1.0, 20.0), CoreTimes(13.0, 1.4, 24.0)
    assert other_load(before, after, own_cpu=2.0) == pytest.approx(0.25)
    assert stolen_share(before, after) == pytest.approx(0.1)


def test_a_window_of_no_length_has_no_load():
    moment = CoreTimes(1.0, 1.0, 2.0)
    assert other_load(moment, moment, 0.0) == 0.0
    assert stolen_share(moment, moment) == 0.0


def test_the_cpu_clock_of_a_process_is_the_clock_of_all_its_threads():
    before = time.process_time()
    seen = time.clock_gettime(cpu_clock_id(os.getpid()))
    assert before <= seen <= time.process_time()


def test_memory_fields_are_read_by_their_whole_name():
    text = "Rss:            1200 kB\nPss:             900 kB\nPss_Anon:        800 kB\n"
    assert parse_kib(text, "Pss") == 900
    with pytest.raises(ValueError, match="Swap"):
        parse_kib(text, "Swap")


def test_a_child_is_dead_after_its_block_even_when_the_block_fails(tmp_path):
    sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
    core = min(os.sched_getaffinity(0))
    with pytest.raises(RuntimeError, match="in the middle"):
        with running(sleeper, core=core, workdir=tmp_path, name="sleeper") as process:
            assert process.alive()
            assert os.sched_getaffinity(process.pid) == {core}
            raise RuntimeError("in the middle")
    assert not process.alive()


def test_the_last_words_of_a_child_are_kept(tmp_path):
    speaker = [sys.executable, "-c", "print('one'); print('two'); print('three')"]
    core = min(os.sched_getaffinity(0))
    with running(speaker, core=core, workdir=tmp_path, name="speaker") as process:
        process.wait(30)
    assert process.last_words(lines=2) == "two\nthree"


def test_nginx_status_leaves_out_the_one_who_asks():
    page = (
        "Active connections: 51 \nserver accepts handled requests\n"
        " 51 51 1207 \nReading: 0 Writing: 1 Waiting: 50 \n"
    )
    assert parse_stub_status(page, look_ups=7) == Counters(
        requests=1200, connections=50, accepted=50
    )


def test_another_page_is_not_taken_for_a_status():
    with pytest.raises(ValueError, match="stub_status"):
        parse_stub_status("<html>404 Not Found</html>", look_ups=1)


def test_connections_are_counted_at_the_clients_end():
    text = (
        "  sl  local_address rem_address   st tx_queue rx_queue\n"
        "   0: 0100007F:4E20 00000000:0000 0A 00000000:00000000\n"  # the listener
        "   1: 0100007F:4E20 0100007F:C000 01 00000000:00000000\n"  # the server's end
        "   2: 0100007F:C000 0100007F:4E20 01 00000000:00000000\n"  # the client's end
        "   3: 0100007F:C001 0100007F:4E20 06 00000000:00000000\n"  # gone, in TIME_WAIT
        "   4: 0100007F:C002 0100007F:4E21 01 00000000:00000000\n"  # to another port
    )
    assert count_established(text, 20000) == 1


def test_free_ports_differ():
    assert len(set(free_ports(3))) == 3


def record(arrival: int, sent: int, status: int = 200, target: bytes = b"/") -> bytes:
    return struct.pack("<qqHB29s", arrival, sent, status, len(target), target)


PREAMBLE = b"LTSVCLOG" + struct.pack("<II", 1, 48)


def test_service_times_are_those_of_the_target_and_the_window():
    second = 1_000_000_000
    log = parse_service_log(
        PREAMBLE
        + record(1 * second, 1 * second + 900_000)  # before the window
        + record(3 * second, 3 * second + 70_000)
        + record(4 * second, 4 * second + 60_500)
        + record(4 * second, 0)  # never answered
        + record(4 * second, 4 * second + 5_000, target=b"/__counters")
        + record(9 * second, 9 * second + 800_000)  # after it
    )
    assert service_times_us(log, since=2.0, until=5.0, target="/") == [60.5, 70.0]


def test_a_cut_off_last_record_is_left_out():
    log = parse_service_log(PREAMBLE + record(5, 9, 404, b"/x?y=1") + record(6, 7)[:20])
    assert log == [Served(arrival_ns=5, sent_ns=9, status=404, target="/x?y=1")]


@pytest.mark.parametrize(
    "content",
    [b"", b"LTSVCLOG" + struct.pack("<II", 2, 48), b"OTHERLOG" + struct.pack("<II", 1, 48)],
)
def test_another_file_is_not_taken_for_a_service_log(content):
    with pytest.raises(ValueError, match="service log"):
        parse_service_log(content)


def test_demo_counters_leave_out_the_one_who_asks():
    page = '{"requests": 1207, "connections": 53, "open_connections": 51}'
    assert parse_counters(page, look_ups=7) == Counters(requests=1200, connections=50, accepted=52)


def test_recorded_times_are_compared_with_the_truth_in_microseconds():
    written = {"count": 3, "p50_ms": 0.25, "p99_ms": 1.5, "since": 1.0, "until": 2.0}
    recorded = parse_recorded(json.dumps(written))
    compared = compare_with_truth(recorded, [50.0, 60.0, 70.0])
    assert compared["true_p50_us"] == 60.0
    assert compared["p50_error_us"] == pytest.approx(190.0)
    assert compared["p99_error_us"] == pytest.approx(1430.0)


def test_a_client_that_recorded_nothing_is_an_error():
    with pytest.raises(ValueError, match="no request"):
        parse_recorded('{"count": 0, "p50_ms": null, "p99_ms": null, "since": 0, "until": 0}')


def test_growth_is_the_slope_in_bytes_and_one_sample_has_none():
    held = [Sample(100_000, 5000), Sample(200_000, 5100), Sample(300_000, 5200)]
    assert bytes_per_request(held) == pytest.approx(1.024)
    assert bytes_per_request([Sample(1, 7), Sample(2, 7), Sample(3, 7)]) == 0
    with pytest.raises(ValueError, match="two samples"):
        bytes_per_request(held[:1])
