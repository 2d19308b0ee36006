"""How long `convcalc check` takes, beside yamllint and check-jsonschema on the same files.

    python benchmarks/check.py                 # one file, and 1,000 of ResNet-50's size
    python benchmarks/check.py --files 100 --runs 3
    python benchmarks/check.py --threshold     # from how many files on processes pay

User and system time of whole processes with everything that they start, and the time on the
clock; cases take turns, so that a drifting clock hits all alike, and the least of each is shown
with its ratio to `python -c pass`. Peers that are not installed are left out, and said so.
The limits are for a machine that has nothing else to do: where `python -c pass` takes more than
20 ms, trust the ratios.
yamllint looks at the style of the YAML and check-jsonschema at its structure; neither plans.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

MODEL = Path(__file__).parents[1] / "examples" / "configs" / "resnet50.net.yaml"
# CPU seconds for one small file, seconds on the clock for all files on two processors.
LIMIT_OF_ONE, LIMIT_OF_ALL = 0.35, 20.0


class Cost(NamedTuple):
    """What one run took, in seconds."""

    cpu: float
    clock: float


def environment() -> dict[str, str]:
    """Compiled modules are kept, as an installed package has them."""
    return {key: value for key, value in os.environ.items() if "BYTECODE" not in key}


def cost(command: list[str], folder: Path) -> Cost:
    """One run; what it prints is thrown away."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    clock = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command[:4])} failed with {process.returncode}")
    return Cost(usage.ru_utime + usage.ru_stime, clock)


def least(commands: dict[str, list[str]], folder: Path, runs: int) -> dict[str, Cost]:
    """The least cost of each case over interleaved runs, after one that is not counted."""
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            spent = cost(command, folder)
            if turn:
                costs[name].append(spent)
    return {
        name: Cost(min(c.cpu for c in found), min(c.clock for c in found))
        for name, found in costs.items()
    }


def cases(target: str) -> dict[str, list[str]]:
    """The command of every program for one file or folder; the yardstick comes first."""
    python = sys.executable
    found = {
        "python -c pass": [python, "-c", "pass"],
        "convcalc check": [python, "-m", "convcalc", "check", target],
    }
    if target == "many":
        found["convcalc check --jobs 1"] = [*found["convcalc check"], "--jobs", "1"]
    if importlib.util.find_spec("yamllint"):
        found["yamllint"] = [python, "-m", "yamllint", "-d", "relaxed", target]
    if importlib.util.find_spec("check_jsonschema"):
        files = sorted(f"many/{name}" for name in os.listdir("many"))
        found["check-jsonschema"] = [
            *(python, "-m", "check_jsonschema", "--schemafile", "net.schema.json"),
            *(files if target == "many" else [target]),
        ]
    return found


def show(title: str, costs: dict[str, Cost]) -> None:
    """Print a table with ratios to its first row."""
    yardstick = next(iter(costs.values()))
    print(f"\n{title:28}{'CPU':>10}{'ratio':>9}{'clock':>10}")
    for name, spent in costs.items():
        ratio = spent.cpu / yardstick.cpu
        print(f"{name:28}{spent.cpu:8.3f} s{ratio:9.1f}{spent.clock:8.3f} s")


def threshold(folder: Path, runs: int) -> None:
    """Print, for growing numbers of files, the time with one and with two processes."""
    print(f"{'files':>6}{'1 process':>12}{'2 processes':>14}")
    names = sorted(os.listdir(folder / "many"))
    for count in (4, 8, 16, 24, 32, 48, 64):
        files = [f"many/{name}" for name in names[:count]]
        base = [sys.executable, "-m", "convcalc", "check", *files, "--jobs"]
        costs = least({jobs: [*base, jobs] for jobs in ("1", "2")}, folder, runs)
        print(f"{count:6}{costs['1'].clock:10.3f} s{costs['2'].clock:12.3f} s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threshold", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.chdir(folder)
        (folder / "many").mkdir()
        text = MODEL.read_text(encoding="utf-8")
        for number in range(args.files):
            (folder / "many" / f"net{number:05}.net.yaml").write_text(text, encoding="utf-8")
        (folder / "one.net.yaml").write_text(text, encoding="utf-8")
        if args.threshold:
            threshold(folder, args.runs)
            return 0
        schema = subprocess.run(
            [sys.executable, "-m", "convcalc", "schema"], capture_output=True, check=True
        )
        (folder / "net.schema.json").write_bytes(schema.stdout)
        for peer in ("yamllint", "check_jsonschema"):
            if not importlib.util.find_spec(peer):
                print(f"{peer} is left out: it is not installed")
        one = least(cases("one.net.yaml"), folder, args.runs)
        show("one file", one)
        many = least(cases("many"), folder, max(1, args.runs // 3))
        show(f"{args.files:,} files", many)
    held = one["convcalc check"].cpu <= LIMIT_OF_ONE
    held = held and many["convcalc check"].clock <= LIMIT_OF_ALL * args.files / 1000
    print(f"\nlimits {LIMIT_OF_ONE} s of CPU and {LIMIT_OF_ALL} s: {'held' if held else 'BROKEN'}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
