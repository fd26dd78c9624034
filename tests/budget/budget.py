"""How many instructions one request costs, by the form of the call, and whether that has grown.

    python tests/budget/budget.py             # counts, and compares with recorded.json
    python tests/budget/budget.py --record    # writes recorded.json (`make budget`)

Counted by callgrind, which simulates the processor: whatever else the machine does, the figure is
the same to half a percent. The target runs in another process and is not counted, nor is the
kernel. Figures of another compiler or another Python cannot be compared, so both stand beside the
recorded ones.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from callgrind_file import read_dump
from forms import FEW, FORMS, MANY

import locustella._core

HERE = Path(__file__).resolve().parent
RECORDED = HERE / "recorded.json"
MOST_GROWTH = 0.03
# Those of the toolchain without which figures say nothing.
_DECIDE = ("compiler", "python", "processor")
# libc has its copies and searches of bytes in one form for each of these.
_FLAGS_OF_LIBC = {"avx2", "bmi2", "erms", "fsrm", "movbe", "rtm", "avx512vl", "avx512bw", "sse4_2"}
_WORTH_RECORDING = 0.001  # the share of a form that a function must have to be written down
_LIBRARIES = ("gevent", "greenlet", "requests", "urllib3")
_START_SECONDS, _COUNT_SECONDS = 20, 170

Costs = dict[str, Counter[str]]  # instructions per request by form and function


def toolchain() -> dict[str, str]:
    """What the figures depend on beside the code."""
    found = {
        "compiler": _compiler_of(Path(locustella._core.__file__)),
        "python": f"{platform.python_implementation()} {platform.python_version()}, "
        f"{platform.python_compiler()}, {platform.machine()}",
        "valgrind": _words_of("valgrind", "--version"),
        "libc": " ".join(platform.libc_ver()),
        "processor": _processor(Path("/proc/cpuinfo").read_text()),
    }
    return found | {name: version(name) for name in _LIBRARIES}


def _processor(cpuinfo: str) -> str:
    """Whose it is, and what it has that libc asks for."""
    lines = (line.partition(":") for line in cpuinfo.splitlines())
    facts = {name.strip(): value.strip() for name, _, value in lines}
    has = sorted(_FLAGS_OF_LIBC & set(facts.get("flags", "").split()))
    return f"{facts.get('vendor_id', 'unknown')}, {' '.join(has)}"


def incomparable(recorded: Mapping[str, Any], now: Mapping[str, str]) -> str | None:
    """Why figures recorded with that toolchain say nothing here; None where they do."""
    for name in _DECIDE:
        then, here = recorded["toolchain"].get(name), now.get(name)
        if then != here:
            return f"recorded with the {name} {then!r}, here it is {here!r}"
    return None


def count(workdir: Path) -> Costs:
    """Raises RuntimeError where something is missing or goes wrong."""
    marks = workdir / "marks.so"
    compiler = os.environ.get("CC", "gcc")
    _run(workdir, [compiler, "-shared", "-fPIC", "-O1", "-o", marks, HERE / "marks.c"])
    with _demo_target(workdir) as url:
        _run(workdir, [
            "valgrind", "--tool=callgrind", "--instr-atstart=no",
            f"--callgrind-out-file={workdir}/out", sys.executable,
            HERE / "measured_process.py", marks, url,
        ])  # fmt: skip
    dumps: defaultdict[str, list[Counter[str]]] = defaultdict(list)
    files = sorted(workdir.glob("out.*"), key=lambda file: int(file.suffix[1:]))
    for dump in (read_dump(file.read_text(errors="replace")) for file in files):
        dumps[dump.trigger].append(dump.own)
    return {form.name: _per_request(dumps, number) for number, form in enumerate(FORMS)}


def _per_request(dumps: Mapping[str, list[Counter[str]]], number: int) -> Counter[str]:
    """Of the rounds the one that cost least."""
    rounds = []
    for few, many in zip(dumps[f"{number}:{FEW}"], dumps[f"{number}:{MANY}"], strict=True):
        own = Counter(many)
        own.subtract(few)
        requests = MANY - FEW
        rounds.append(Counter({name: round(cost / requests) for name, cost in own.items()}))
    return min(rounds, key=lambda costs: costs.total())


def growth(recorded: Mapping[str, Any], costs: Costs) -> list[str]:
    """A paragraph for each form that costs too much more: by how much, and which functions grew."""
    found = []
    for number, (name, before) in enumerate(recorded["forms"].items()):
        if name not in costs:
            found.append(f"{name}: is no longer counted; `make budget` records what is")
        elif costs[name].total() > before * (1 + MOST_GROWTH):
            functions = {name: each[number] for name, each in recorded["functions"].items()}
            found.append(_grown(name, before, functions, costs[name]))
    new = costs.keys() - recorded["forms"].keys()
    return found + [f"{name}: is not recorded yet; `make budget` does" for name in sorted(new)]


def _grown(name: str, before: int, functions: Mapping[str, int], costs: Counter[str]) -> str:
    more = {function: cost - functions.get(function, 0) for function, cost in costs.items()}
    most = sorted(more.items(), key=lambda item: -item[1])[:8]
    lines = [
        f"{name}: {costs.total():,} instructions per request, "
        f"{costs.total() / before - 1:+.1%} beside the recorded {before:,}"
    ]
    for function, grown in (item for item in most if item[1] > 0):
        was = f"{functions[function]:,}" if function in functions else "few, or none,"
        lines.append(f"    {grown:+8,}  {function} ({was} before)")
    return "\n".join(lines)


def to_record(costs: Costs) -> str:
    """A line for each function, with what it costs in each form."""
    worth = {
        function: [own[function] for own in costs.values()]
        for form in costs.values()
        for function, cost in form.items()
        if cost >= _WORTH_RECORDING * form.total()
    }
    functions = sorted(worth.items(), key=lambda item: (-sum(item[1]), item[0]))
    lines = ",\n".join(f"  {json.dumps(name)}: {each}" for name, each in functions)
    rest = {"toolchain": toolchain(), "forms": {name: own.total() for name, own in costs.items()}}
    return f'{json.dumps(rest, indent=1)[:-2]},\n "functions": {{\n{lines}\n }}\n}}\n'


def summary(recorded: Mapping[str, Any] | None, costs: Costs) -> str:
    forms = recorded["forms"] if recorded else {}
    lines = [f"{'form':82} {'now':>8} {'recorded':>8}"]
    for name, own in costs.items():
        before = forms.get(name)
        change = f"{before:>8,} {own.total() / before - 1:+6.1%}" if before else f"{'-':>8}"
        lines.append(f"{name:82} {own.total():>8,} {change}")
    return "\n".join(lines)


@contextlib.contextmanager
def _demo_target(workdir: Path) -> Iterator[str]:
    """Its URL; it stops by itself should nobody stop it."""
    log = workdir / "demo-target.log"
    command = [sys.executable, "-m", "locustella", "demo-target", "--port", "0"]
    command += ["--max-seconds", str(_COUNT_SECONDS)]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as child:
        try:
            give_up = time.monotonic() + _START_SECONDS
            while not (found := re.search(r"http://\S+:\d+", log.read_text())):
                if child.poll() is not None or time.monotonic() > give_up:
                    raise RuntimeError(f"the demo target does not start: {log.read_text()}")
                time.sleep(0.01)
            yield found.group(0)
        finally:
            child.terminate()


def _run(home: Path, command: list[Any]) -> None:
    """In an environment of nothing: proxies, a .netrc and the like would be counted too."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
    environment |= {"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            [str(word) for word in command], env=environment, capture_output=True, text=True,
            timeout=_COUNT_SECONDS, check=False,
        )  # fmt: skip
    except FileNotFoundError as missing:
        raise RuntimeError(f"{missing.filename} is missing: .ci/install-deps test") from missing
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def _compiler_of(extension: Path) -> str:
    """By whom the extension was compiled; the linker leaves it in a section of the file."""
    printed = _words_of("readelf", "-p", ".comment", str(extension))
    return ", ".join(sorted(set(re.findall(r"\]\s+(\S.*)", printed)))) or "unknown"


def _words_of(*command: str) -> str:
    if shutil.which(command[0]) is None:
        return "missing"
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def main(arguments: list[str]) -> int:
    recording = "--record" in arguments
    recorded = json.loads(RECORDED.read_text()) if RECORDED.exists() and not recording else None
    with tempfile.TemporaryDirectory(prefix="locustella-budget-") as folder:
        costs = count(Path(folder))
    print(summary(recorded, costs))
    if recording:
        RECORDED.write_text(to_record(costs))
        return 0
    if recorded is None:
        print("Nothing is recorded yet: --record does.")
        return 2
    if reason := incomparable(recorded, toolchain()):
        print(f"Not comparable: {reason}")
        return 2
    found = growth(recorded, costs)
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
