"""Words of the command line to values: sizes, ranges, counts, bytes, shapes, variables.

Each takes what was written and the option's name, and raises UsageError with what to write.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction

from convcalc.cli.usage import bad, one_of, separated
from convcalc.core.shapes import Shape, parse_shape

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
# Exact, as `vars` take them: an integer, a decimal, a fraction.
_NUMBER = re.compile(r"[+-]?[0-9]{1,19}(?:\.[0-9]{1,18}|/0*[1-9][0-9]{0,18})?")
_RANGE = re.compile(r"(\d{1,9}):(\d{1,9})")

Sizes = tuple[int, ...]
Span = range
Shapes = Shape | dict[str, Shape]
Variables = dict[str, int | Fraction]


def integer(least: int) -> Callable[[str, str], int]:
    """Reads integers, `least` or more; nothing else is taken for one.

    >>> integer(1)("32", "--batch")
    32
    """

    def read(word: str, option: str) -> int:
        if _INTEGER.fullmatch(word) and int(word) >= least:
            return int(word)
        raise bad(f"wants an integer, {least} or more, got `{word}`", f"write {option} 8", option)

    return read


def size(word: str, option: str) -> str:
    """A size, as `224`, `670x460`, `3x224x224` or `3@224` writes it.

    >>> size("670X460", "--near"), size("3,224,224", "--size")
    ('670x460', '3x224x224')
    """
    from convcalc.shorthand.values import ShorthandError, Token, size_of

    written = word.lower().replace("×", "x").replace(",", "x")
    try:
        size_of(Token(written, 0))
    except ShorthandError:
        what = f"wants a size, 1 or more on each axis, got `{word}`"
        raise bad(what, f"write {option} 224, or {option} 224x192", option) from None
    return written


def span(least: int, example: str) -> Callable[[str, str], Span]:
    """Reads `3`, or the numbers from `1` to `1024` of `1:1024`, both included.

    >>> span(1, "1:11")("1:7", "--kernel"), span(1, "1:11")("16", "--kernel")
    (range(1, 8), range(16, 17))
    """

    def read(word: str, option: str) -> Span:
        match = _RANGE.fullmatch(word if ":" in word else f"{word}:{word}")
        if match is None or int(match[1]) < least or int(match[1]) > int(match[2]):
            what = f"wants a number, {least} or more, or a range of them, got `{word}`"
            raise bad(what, f"write {option} {example}", option)
        return range(int(match[1]), int(match[2]) + 1)

    return read


def steps(example: str) -> Callable[[str, str], Span]:
    """Reads `3`, the numbers of `2:6`, or every sixteenth of `16:128:16`; the last is included.

    >>> steps("2:6")("16:48:16", "-c"), steps("2:6")("4", "--layers")
    (range(16, 49, 16), range(4, 5))
    """

    def read(word: str, option: str) -> Span:
        numbers, colon, step = word.rpartition(":")
        if colon and ":" in numbers and step.isascii() and step.isdigit() and int(step) > 0:
            whole = span(1, example)(numbers, option)
            return range(whole.start, whole.stop, int(step))
        return span(1, example)(word, option)

    return read


def quantity(word: str, option: str) -> int:
    """The count that `100000`, `100K` or `1.5G` writes.

    >>> quantity("100K", "--max-params"), quantity("1.9G", "--max-macs")
    (100000, 1900000000)
    """
    from convcalc.network.expectations import COUNT_UNITS
    from convcalc.network.expectations import quantity as figure_of

    figure = figure_of(word, COUNT_UNITS, bare=True)
    if figure is None or figure.denominator != 1:
        help = f"write {option} 100000 or {option} 1.5G"
        raise bad(f"wants a count, got `{word}`", help, option)
    return int(figure)


def byte_count(word: str, option: str) -> int:
    """The bytes that `4GB` or `512MiB` writes.

    >>> byte_count("1.5GB", "--max-memory")
    1500000000
    """
    from convcalc.network.expectations import BYTE_UNITS, COUNT_UNITS
    from convcalc.network.expectations import quantity as figure_of

    figure = figure_of(word, {**COUNT_UNITS, **BYTE_UNITS}, bare=True)
    if figure is None or figure < 1:
        raise bad(f"wants bytes, got `{word}`", f"write {option} 4GB or {option} 512MiB", option)
    return int(figure)


def position(word: str, option: str) -> Sizes:
    """The place of a unit, a number an axis.

    >>> position("3,4", "--at"), position("3x4", "--at"), position("100", "--at")
    ((3, 4), (3, 4), (100,))
    """
    parts = word.replace("x", ",").split(",")
    if not 1 <= len(parts) <= 3:
        raise bad(f"`{word}` is no position", "write one number an axis, as in 3,3", option)
    return tuple(integer(0)(part.strip(), option) for part in parts)


def input_shapes(words: Sequence[str], option: str) -> Shapes:
    """The shape, or shapes by input name.

    >>> input_shapes(["3x64x64"], "--input")
    (3, 64, 64)
    >>> input_shapes(["left=3x64x64", "right=3,32,32"], "--input")
    {'left': (3, 64, 64), 'right': (3, 32, 32)}
    """
    if len(words) == 1 and "=" not in words[0]:
        return _shape(words[0], option)
    shapes: dict[str, Shape] = {}
    for word in words:
        name, equals, shape = word.partition("=")
        if not equals:
            raise bad(f"`{word}` does not name its input", f"write NAME={word}", option)
        if name in shapes:
            raise bad(f"input `{name}` is given twice", "give it once", option)
        shapes[name] = _shape(shape, option)
    return shapes


def _shape(text: str, option: str) -> Shape:
    shape = parse_shape(text)
    if shape is None:
        help = "write channels and sizes, as in 3x256x256, without the batch"
        raise bad(f"`{text}` is no shape", help, option)
    return shape


def variables(words: Sequence[str], option: str) -> Variables:
    """Variables with their values.

    >>> variables(["width=32", "depth=1/3", "scale=0.25"], "--set")
    {'width': 32, 'depth': Fraction(1, 3), 'scale': Fraction(1, 4)}
    """
    found: Variables = {}
    for word in words:
        name, _, number = word.partition("=")
        if not name or not _NUMBER.fullmatch(number):
            help = "write NAME=NUMBER, as in width=32, width=0.25 or width=1/3"
            raise bad(f"`{word}` sets nothing", help, option)
        if name in found:
            raise bad(f"variable `{name}` is set twice", "set it once", option)
        exact = Fraction(number)
        found[name] = exact.numerator if exact.denominator == 1 else exact
    return found


def names(words: Sequence[str], option: str) -> tuple[str, ...]:
    """Names with commas between, whatever they are.

    >>> names(["stem,head", "neck"], "--layer")
    ('stem', 'head', 'neck')
    """
    return separated(words)


def keys(words: Sequence[str], option: str, spellings: dict[str, str]) -> tuple[str, ...]:
    """The keys of columns, in the order given; `all` means every one.

    >>> keys(["layer,params"], "--columns", {"layer": "name", "name": "name", "params": "params"})
    ('name', 'params')
    """
    found: list[str] = []
    for word in separated(words):
        if word == "all":
            found += dict.fromkeys(spellings.values())
        else:
            found.append(spellings[one_of(word.lower(), spellings, option)])
    return tuple(dict.fromkeys(found))


def word(text: str, option: str) -> str:
    """A word of the shorthand, as it is.

    >>> word("3x5", "--kernel")
    '3x5'
    """
    if not text or "," in text or text.split() != [text]:
        raise bad(
            f"wants one word, got `{text}`", "write one value, or one an axis as in 3x5", option
        )
    return text
