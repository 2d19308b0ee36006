"""The front step: the common one-layer question of `convcalc shape`, answered without a library.

It answers what it recognises exactly, in the words that the full command would use. Everything
else (help, options, errors, chains, channels that are counted) is None: the full command's.
"""

from __future__ import annotations

import sys

from convcalc.core.arithmetic import WindowError, span, word_padding
from convcalc.core.text import ascii_only
from convcalc.shorthand.axis import Axis, axis_text
from convcalc.shorthand.parser import parse
from convcalc.shorthand.spoken import FIELDS, SLIDING
from convcalc.shorthand.values import MAX_FIELD, ShorthandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

    from convcalc.shorthand.question import Layer
    from convcalc.shorthand.values import Pair

_MAX_SIZE = 2**63 - 1


def run(args: list[str]) -> int | None:
    """Answer `args` on standard output; the exit code, or None where it is not ours to answer."""
    if len(args) < 3 or args[0] != "shape":
        return None
    _, *words = args
    text = answer([word for word in words if word != "-q"], "-q" in words)
    if text is None:
        return None
    out = sys.stdout
    # Closed by the caller: the full command knows what to say of it.
    if out is None or not _fits(text, out):
        return None
    try:
        out.write(text if _speaks_unicode(out) else ascii_only(text))
        out.flush()
    except OSError:
        # A closed pipe or a full disk: the full command knows what to do about it.
        return None
    return 0


def _fits(text: str, out: IO[str]) -> bool:
    """False where a terminal would break a line; the full command folds it between words."""
    if not out.isatty():
        return True
    import os

    try:
        width = os.get_terminal_size(out.fileno()).columns
    except OSError:
        return True
    return not width or max(map(len, text.split("\n"))) <= width


def _speaks_unicode(out: object) -> bool:
    return (getattr(out, "encoding", None) or "").lower().replace("-", "") == "utf8"


def answer(words: list[str], is_quiet: bool = False) -> str | None:
    """The answer to the question, or None where it is not a common one.

    >>> print(answer(["224", "k7", "s2", "p3"], is_quiet=True), end="")
    112
    """
    if any(word[:1] == "-" for word in words):
        return None
    try:
        question = parse(words, SLIDING)
        if len(question.layers) != 1 or question.has_channels:
            return None
        axes = _axes(question.layers[0], question.axes)
    except (ShorthandError, WindowError):
        return None
    if axes is None or not all(0 < axis.output <= _MAX_SIZE for axis in axes):
        return None
    size = "x".join([str(axis.output) for axis in axes])
    if is_quiet:
        return f"{size}\n"
    return one_layer_text(size, question.reading, axes)


def one_layer_text(size: str, reading: str, axes: list[Axis]) -> str:
    """The size first, then the reasons."""
    ahead = f"  {reading}\n\n" if reading else ""
    return f"{size}\n\n{ahead}{axis_text(axes)}\n"


def _axes(layer: Layer, sizes: tuple[int, ...]) -> list[Axis] | None:
    """The layer along each axis; None where the full command should have a look."""
    fields, kind, rank = layer.fields, layer.word, len(sizes)
    family = SLIDING[kind]
    is_pool = family == "pool"
    if not FIELDS[kind].issuperset(fields) or (layer.main is not None and not is_pool):
        return None
    if ("kernel_size" in fields) == (layer.main is not None):
        return None
    kernel = fields.get("kernel_size", layer.main)
    padding = fields.get("padding", 0)
    word = padding if isinstance(padding, str) else ""
    columns = [
        _spread(value, rank)
        for value in (
            kernel,
            fields.get("stride", kernel if is_pool else 1),
            fields.get("dilation", 1),
            fields.get("output_padding", 0),
            0 if word else padding,
        )
    ]
    rounding = "ceil" if fields.get("ceil_mode") else "floor"
    axes = []
    for size, *numbers in zip(sizes, *columns, strict=False):
        sides = _sides(family, word, rank, size, *numbers)
        if sides is None:
            return None
        k, s, d, a, _ = numbers
        axes.append(Axis(family, size, k, s, *sides, d, word, rounding, a))
    return axes if len(axes) == rank else None


def _spread(value: object, rank: int) -> tuple[Any, ...]:
    """One value an axis; nothing where the value does not fit."""
    if isinstance(value, int) and value is not True and value is not False:
        return (value,) * rank
    if not isinstance(value, tuple) or None in value:
        return ()
    if len(value) == 1:
        return value * rank
    return value if len(value) == rank else ()


def _sides(
    family: str, word: str, rank: int, size: int, k: int, s: int, d: int, a: int, pad: int | Pair
) -> Pair | None:
    """(before, after), None where the layer is not a legal one."""
    if not 1 <= k <= MAX_FIELD or (a and a >= max(s, d)):
        return None
    before, after = pad if isinstance(pad, tuple) else (pad, pad)
    if word:
        reach = span(k, d)
        fits = {"same": s == 1, "half": reach % 2 == 1, "causal": rank == 1}
        if family == "transposed" or not fits.get(word, True):
            return None
        before, after = word_padding(word, size, reach, s)
    is_legal = family != "pool" or max(before, after) <= k // 2
    return (before, after) if is_legal else None
