"""How long `convcalc shape 224 k7 s2 p3` takes, against `python -c pass`.

    python benchmarks/startup.py [--runs 40]

User and system time of whole processes, interleaved. The package is copied into a fresh
environment, since an editable install slows down every start of Python and would flatter the
ratio. The limit is for the command as today's pip installs it; older pips wrap it in a script
that imports `re`, and `python -m` loads `runpy`: that much is not ours.
"""

from __future__ import annotations

import argparse
import compileall
import os
import shutil
import statistics
import sys
import tempfile
import venv
from pathlib import Path

import convcalc

QUESTION = ["shape", "224", "k7", "s2", "p3"]
LIMIT = 1.5
JUDGED = "script, newer pip"
_SCRIPTS = {
    "script, newer pip": "import sys\nfrom convcalc.__main__ import main\n"
    "if __name__ == '__main__':\n    sys.argv[0] = sys.argv[0].removesuffix('.exe')\n"
    "    sys.exit(main())\n",
    "script, older pip": "import re\nimport sys\nfrom convcalc.__main__ import main\n"
    "if __name__ == '__main__':\n"
    "    sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])\n"
    "    sys.exit(main())\n",
}


def installed(folder: Path) -> Path:
    """A Python whose site-packages hold a copy of the package, and nothing else of note."""
    venv.create(folder, symlinks=True)
    site = next(folder.glob("lib/python*/site-packages"), folder / "Lib" / "site-packages")
    package = site / "convcalc"
    shutil.copytree(
        Path(convcalc.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__")
    )
    # As an installer does.
    compileall.compile_dir(package, quiet=1)
    return next(folder.glob("bin/python"), folder / "Scripts" / "python.exe")


def cases(folder: Path) -> dict[str, list[str]]:
    """Command lines by name; the first is the yardstick."""
    python = str(installed(folder))
    found = {"python -c pass": [python, "-c", "pass"]}
    found["python -c 'import runpy'"] = [python, "-c", "import runpy"]
    found["python -m convcalc"] = [python, "-m", "convcalc", *QUESTION]
    for name, text in _SCRIPTS.items():
        script = folder / f"{name.replace(', ', '-').replace(' ', '-')}.py"
        script.write_text(text, encoding="utf-8")
        found[name] = [python, str(script), *QUESTION]
    return found


def cpu_seconds(command: list[str]) -> float:
    """User and system time of one run, whose answer is thrown away."""
    nowhere = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
    pid = os.posix_spawn(command[0], command, dict(os.environ), file_actions=[nowhere])
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime


def measure(runs: int) -> dict[str, list[float]]:
    """The times of each case over `runs` interleaved rounds, after one that is not counted."""
    with tempfile.TemporaryDirectory() as folder:
        commands = cases(Path(folder))
        # `python -m` would take the package from here.
        os.chdir(folder)
        times: dict[str, list[float]] = {name: [] for name in commands}
        for turn in range(runs + 1):
            for name, command in commands.items():
                seconds = cpu_seconds(command)
                if turn:
                    times[name].append(seconds)
    return times


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=40)
    times = measure(parser.parse_args().runs)
    least, middle = (
        {name: pick(values) for name, values in times.items()} for pick in (min, statistics.median)
    )
    yardstick = next(iter(times))
    print(f"{'':26}{'minimum':>10}{'ratio':>8}{'median':>10}{'ratio':>8}")
    for name in times:
        low, mid = least[name], middle[name]
        print(
            f"{name:26}{low * 1000:7.1f} ms{low / least[yardstick]:8.2f}"
            f"{mid * 1000:7.1f} ms{mid / middle[yardstick]:8.2f}"
        )
    ratio = least[JUDGED] / least[yardstick]
    print(f"limit {LIMIT} for the {JUDGED}: {'held' if ratio <= LIMIT else 'BROKEN'}")
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
