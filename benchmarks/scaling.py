"""Cost against size: what each command takes for files of one form and growing size.

Run: python benchmarks/scaling.py [--sizes 100,1000] [--form deep] [--command "plan FILE"]

Forms are network files of one shape, and model files: onnx, pt2, keras, tflite.

Calls of functions come out the same on every machine (see tests/scaling/growing.py); CPU seconds
and the peak of memory are those of a process of its own for each figure. A row that grows as its
file does has the same calls an entry in every column.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
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


def one(words: str, form: str, size: int, counts: bool) -> None:
    """Prints (exit code, calls) or (exit code, CPU seconds, MB) of one run."""
    with tempfile.TemporaryDirectory() as folder:
        run = command(words, Path(folder), form, size)
        if counts:
            # Modules that are loaded, and tables that are made once, are no growth.
            command(words, Path(folder), form, 5)()
            print(*calls(run))
            return
        code = run()
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(code, round(used.ru_utime + used.ru_stime, 2), used.ru_maxrss // 1024)


def measured(words: str, form: str, size: int, counts: bool) -> list[str]:
    """What a process of its own prints of one run."""
    args = ["--one", words, form, str(size), *(["--counts"] if counts else [])]
    done = subprocess.run(
        [sys.executable, __file__, *args], capture_output=True, text=True, check=False
    )
    return done.stdout.split() or ["failed"]


def main() -> None:
    """Prints a table a command: rows are forms, columns sizes."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--sizes", default="100,400,1600")
    parser.add_argument("--form", choices=[*FORMS, *MODELS])
    parser.add_argument("--command", choices=COMMANDS)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--counts", action="store_true", help="count calls in place of seconds")
    args = parser.parse_args()
    if args.one:
        one(args.one[0], args.one[1], int(args.one[2]), args.counts)
        return
    sizes = [int(size) for size in args.sizes.split(",")]
    for words in [args.command] if args.command else COMMANDS:
        print(f"\n{words}: {'calls an entry' if args.counts else 'CPU seconds, MB'}, exit code")
        print(f"{'':14}" + "".join(f"{size:>20,}" for size in sizes))
        for form in [args.form] if args.form else forms_of(words):
            cells = []
            for size in sizes:
                code, *figures = measured(words, form, size, args.counts)
                if args.counts and figures:
                    figures = [f"{int(figures[0]) / size:,.0f}"]
                cells.append(f"{' '.join(figures)} ({code})")
            print(f"{form:14}" + "".join(f"{cell:>20}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
