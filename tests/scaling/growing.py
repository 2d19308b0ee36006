"""Files of one form and any size, and the work that a command makes of them.

Work is counted, not timed: calls of functions, Python's and built-in ones, which come out the
same on every machine. What a built-in function does inside of one call is not seen.
"""

from __future__ import annotations

import contextlib
import cProfile
import gc
import io
import shlex
from collections.abc import Callable
from pathlib import Path

from convcalc.cli import run
from tests.scaling.model_files import MODELS

HEAD = "convcalc: 1\n"


def deep(size: int) -> str:
    """A chain of `size` convolutions."""
    return (
        HEAD + f"input: [3, 32, 32]\nlayers: [{{conv: {{out: 3, k: 3, p: 1}}, repeat: {size}}}]\n"
    )


def residual(size: int) -> str:
    """A block with a shortcut, `size` times."""
    return (
        HEAD + "input: [4, 32, 32]\nblocks:\n  unit:\n    layers:\n"
        "      - {conv: {out: 4, k: 3, p: 1}, name: main}\n      - add: [main, in]\n      - relu\n"
        f"layers: [{{unit: {{}}, repeat: {size}}}]\n"
    )


def wide(size: int) -> str:
    """`size` branches, joined."""
    branches = "".join(
        f"  - {{conv: {{out: 2, k: {1 + 2 * (at % 3)}, p: half}}, from: input, name: b{at}}}\n"
        for at in range(size)
    )
    names = ", ".join(f"b{at}" for at in range(size))
    return HEAD + f"input: [3, 32, 32]\nlayers:\n{branches}  - concat: [{names}]\n"


def many_inputs(size: int) -> str:
    """`size` inputs added, and as many convolutions."""
    names = [f"i{at}" for at in range(size)]
    inputs = ", ".join(f"{name}: [1, 16, 16]" for name in names)
    return (
        HEAD + f"input: {{{inputs}}}\nlayers:\n  - add: [{', '.join(names)}]\n"
        f"  - {{conv: {{out: 1, k: 3, p: 1}}, repeat: {size}}}\n"
    )


def one_line(size: int) -> str:
    """`size` layers on one line, each with something to say of."""
    layers = ", ".join("{conv: {out: 3, k: 2, p: 1}}" for _ in range(size))
    return f"{{convcalc: 1, input: [3, 999, 999], layers: [{layers}]}}\n"


def variables(size: int) -> str:
    """`size` variables, each of the one before it, and half as many blocks that know them."""
    chain = "".join(f"  v{at}: =v{at - 1}\n" for at in range(1, size))
    blocks = "".join(f"  b{at}: {{args: {{c: =v0}}, layers: [relu]}}\n" for at in range(size // 2))
    return HEAD + f"input: [3, 8, 8]\nvars:\n  v0: 1\n{chain}blocks:\n{blocks}layers: [b0]\n"


def ignores(size: int) -> str:
    """`size` words that no finding is called, and as many comments."""
    words = ", ".join(f"no-rule-{at}" for at in range(size))
    comments = "".join(f"# convcalc: ignore[none-{at}]\n" for at in range(size))
    return f"# convcalc: ignore-file[{words}]\n{HEAD}input: [3, 8, 8]\nlayers: [relu]\n{comments}"


def left_out(size: int) -> str:
    """A list of `size` entries of which nothing stands, used as often."""
    entries = "".join("      - {relu: {}, repeat: 0}\n" for _ in range(size))
    return (
        HEAD + f"input: [3, 8, 8]\nblocks:\n  b:\n    layers:\n{entries}"
        f"layers: [{{b: {{}}, repeat: {size}}}, relu]\n"
    )


def long_patterns(size: int) -> str:
    """Transposed convolutions whose kernels have `size` taps: what is behind reads them all."""
    layer = f"{{conv_transpose: {{out: 1, k: {size}, s: 2}}}}"
    return HEAD + f"input: [1, 9]\nlayers: [{layer}, {layer}]\n"


def chain(size: int) -> str:
    """`size` convolutions on the command line."""
    return " , ".join(["k3 p1"] * size)


FORMS: dict[str, Callable[[int], str]] = {
    form.__name__: form
    for form in (
        deep,
        residual,
        wide,
        many_inputs,
        one_line,
        variables,
        ignores,
        left_out,
        long_patterns,
    )
}


def command(words: str, folder: Path, form: str, size: int) -> Callable[[], int]:
    """Runs `words` on the file of that form and size, which stands for FILE; its exit code.

    A form is one of FORMS, or of MODELS. CHAIN stands for so many layers in the shorthand, OUT
    for a file that does not matter.
    """
    if form in MODELS:
        file = folder / f"{form}{size}.{form}"
        file.write_bytes(MODELS[form](size))
    else:
        file = folder / f"{form}{size}.net.yaml"
        file.write_text(FORMS[form](size), encoding="utf-8")
    stands_for = {"FILE": [str(file)]}
    if "CHAIN" in words:
        stands_for["CHAIN"] = chain(size).split()

    def call() -> int:
        args: list[str] = []
        for word in shlex.split(words):
            args += stands_for.get(word, [word.replace("OUT", str(folder / "out"))])
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return run(args)

    return call


def calls(function: Callable[[], int]) -> tuple[int, int]:
    """(what `function` returns, the calls that it makes)."""
    profile = cProfile.Profile()
    # A collection would call what is being deleted.
    gc.disable()
    try:
        result = profile.runcall(function)
    finally:
        gc.enable()
    return result, sum(entry.callcount for entry in profile.getstats())
