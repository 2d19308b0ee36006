"""Cost against size: what each command takes for files of one form and growing size.

Run: python benchmarks/scaling.py [--sizes 50,200] [--form deep] [--command "plan FILE"] [--seconds]

Forms are network files of one shape, and model files: onnx, pt2, keras, tflite.

Calls of functions come out the same on every machine (see tests/scaling/growing.py). A row that
grows as its file does has the same calls an entry in every column, or fewer: what is done once is
among them. With --seconds CPU and the peak of memory are those of a process of its own for each
figure, which takes many times as long.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.scaling.growing import FORMS, calls, command
from tests.scaling.model_files import MODELS

COMMANDS = (
    "plan FILE",
    "plan FILE --plot OUT.svg --force",
    "plan FILE --format mermaid",
    "report FILE -o OUT.html --force",
    "check FILE",
    "check FILE --diff",
    "rf FILE",
    "rf FILE --at 3,3",
    "sizes FILE --range 1:64",
    "diff FILE FILE",
    "compare FILE FILE",
    "verify FILE",
    "import FILE",
    "invert FILE",
    "convert FILE --dense-to-conv",
    "budget FILE --diff",
    "shape 64x64 CHAIN",
    "rf 2d CHAIN",
)
# What model files have no answer to: they are no text that could be rewritten.
OF_TEXT = ("check FILE --diff", "invert FILE", "convert FILE --dense-to-conv", "budget FILE --diff")


def forms_of(words: str) -> list[str]:
    """The forms that a command takes; a chain has but one."""
    if "FILE" not in words:
        return ["deep"]
    texts = [] if words == "import FILE" else [*FORMS]
    return [*texts, *([] if words in OF_TEXT else MODELS)]


def counted(words: str, form: str, sizes: Sequence[int]) -> list[str]:
    """For each size the calls an entry and the exit code."""
    cells = []
    with tempfile.TemporaryDirectory() as folder:
        # Modules that are loaded, and tables that are made once, are no growth.
        command(words, Path(folder), form, 5)()
        for size in sizes:
            code, made = calls(command(words, Path(folder), form, size))
            cells.append(f"{made / size:,.0f} ({code})")
    return cells


def timed(words: str, form: str, sizes: Sequence[int]) -> list[str]:
    """For each size CPU seconds, MB and the exit code, of a process of its own."""
    cells = []
    for size in sizes:
        args = [sys.executable, __file__, "--one", words, form, str(size)]
        done = subprocess.run(args, capture_output=True, text=True, check=False)
        cells.append(done.stdout.strip() or "failed")
    return cells


def one(words: str, form: str, size: int) -> None:
    """Prints CPU seconds, MB and the exit code of one run."""
    with tempfile.TemporaryDirectory() as folder:
        code = command(words, Path(folder), form, size)()
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{used.ru_utime + used.ru_stime:.2f} {used.ru_maxrss // 1024} ({code})")


def main() -> None:
    """Prints a table a command: rows are forms, columns sizes."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--sizes", default="50,200")
    parser.add_argument("--form", choices=[*FORMS, *MODELS])
    parser.add_argument("--command", choices=COMMANDS)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", action="store_true", help="measure seconds and memory")
    args = parser.parse_args()
    if args.one:
        one(args.one[0], args.one[1], int(args.one[2]))
        return
    sizes = [int(size) for size in args.sizes.split(",")]
    measured = timed if args.seconds else counted
    for words in [args.command] if args.command else COMMANDS:
        print(f"\n{words}: {'CPU seconds, MB' if args.seconds else 'calls an entry'} (exit code)")
        print(f"{'':14}" + "".join(f"{size:>20,}" for size in sizes))
        for form in [args.form] if args.form else forms_of(words):
            cells = measured(words, form, sizes)
            print(f"{form:14}" + "".join(f"{cell:>20}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
