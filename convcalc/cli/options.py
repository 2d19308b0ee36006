"""The words of options to values; what cannot be read is answered with what to write."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, cast

import typer

from convcalc.core.shapes import Shape, parse_shape

if TYPE_CHECKING:
    from convcalc.planning.convention import DType

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")


def one_of(value: str, known: Iterable[str], option: str) -> str:
    """`value`, if it is one of the `known` words. Raises BadParameter with the nearest one.

    >>> one_of("plain", ["plain", "csv"], "--format")
    'plain'
    """
    names = tuple(known)
    if value in names:
        return value
    raise bad(f"there is no `{value}`", nearest(value, names), option)


def words(values: Sequence[str] | None) -> list[str]:
    """The words of a repeatable option that also takes several with commas between.

    >>> words(["name,params", "macs"]), words(None)
    (['name', 'params', 'macs'], [])
    """
    return [word.strip() for value in values or () for word in value.split(",") if word.strip()]


def whole_number(value: str, option: str, least: int) -> int:
    """The integer that `value` writes; nothing else is taken for one.

    >>> whole_number("32", "--batch", 1)
    32
    """
    if _INTEGER.fullmatch(value) and int(value) >= least:
        return int(value)
    raise bad(f"wants an integer, {least} or more, got `{value}`", f"write {option} 8", option)


def input_shapes(values: Sequence[str] | None) -> Shape | dict[str, Shape] | None:
    """The shape, or shapes by input name, of `--input`; None where it is not given.

    >>> input_shapes(["3x64x64"]), input_shapes(["left=3x64x64", "right=3,32,32"])
    ((3, 64, 64), {'left': (3, 64, 64), 'right': (3, 32, 32)})
    """
    if not values:
        return None
    if len(values) == 1 and "=" not in values[0]:
        return _shape(values[0])
    shapes: dict[str, Shape] = {}
    for value in values:
        name, equals, shape = value.partition("=")
        if not equals:
            raise bad(f"`{value}` does not name its input", f"write NAME={value}", "--input")
        if name in shapes:
            raise bad(f"input `{name}` is given twice", "give it once", "--input")
        shapes[name] = _shape(shape)
    return shapes


def _shape(text: str) -> Shape:
    shape = parse_shape(text)
    if shape is None:
        raise bad(
            f"`{text}` is no shape",
            "write channels and sizes, as in 3x256x256, without the batch",
            "--input",
        )
    return shape


def variables(values: Sequence[str] | None) -> dict[str, int]:
    """The variables of `--set NAME=VALUE`.

    >>> variables(["width=32", "depth=-1"])
    {'width': 32, 'depth': -1}
    """
    found: dict[str, int] = {}
    for value in values or ():
        name, _, number = value.partition("=")
        if not name or not _INTEGER.fullmatch(number):
            raise bad(f"`{value}` sets nothing", "write NAME=INTEGER, as in width=32", "--set")
        if name in found:
            raise bad(f"variable `{name}` is set twice", "set it once", "--set")
        found[name] = int(number)
    return found


def nearest(name: str, known: Iterable[str]) -> str:
    """A repair that proposes the nearest known word, or lists them where they are few."""
    from convcalc.network.findings import nearest as nearest_of

    return nearest_of(name, known)


def bad(message: str, help: str, option: str) -> typer.BadParameter:
    """The usage error for a value that `option` cannot take."""
    return typer.BadParameter(f"{message}; {help}" if help else message, param_hint=option)


def chosen_columns(values: Sequence[str] | None) -> tuple[str, ...]:
    """The keys of the columns of `--columns`, in the order given; `all` means every one.

    >>> chosen_columns(["layer,params"]), chosen_columns(None)
    (('name', 'params'), ())
    """
    from convcalc.report.columns import COLUMNS, spellings

    known = spellings()
    keys: list[str] = []
    for word in words(values):
        if word == "all":
            keys += COLUMNS
        else:
            keys.append(known[one_of(word.lower(), known, "--columns")])
    return tuple(dict.fromkeys(keys))


def counted_classes(values: Sequence[str] | None) -> tuple[str, ...]:
    """The elementwise classes of `--count`, in their usual order; `all` means every one.

    >>> counted_classes(["norm,bias"]), counted_classes(["all"])[-1]
    (('bias', 'norm'), 'upsample')
    """
    from convcalc.kinds.base import WORK_CLASSES

    given = {one_of(word, (*WORK_CLASSES, "all"), "--count") for word in words(values)}
    return tuple(name for name in WORK_CLASSES if name in given or "all" in given)


def sorted_by(value: str) -> str:
    """The key of the column whose sums `--sort` goes by.

    >>> sorted_by("MACs"), sorted_by("bytes")
    ('macs', 'activation_bytes')
    """
    from convcalc.report.columns import TOTALS, spellings

    names = {name: key for name, key in spellings().items() if key in TOTALS}
    return names[one_of(value.lower(), names, "--sort")]


def format_of(value: str | None, **selection: object) -> str:
    """The format of an answer: `table` on a terminal and `plain` in a pipe, unless one is given.

    `selection` are the options that say what to show; JSON always holds everything, so it goes
    with none of them.
    """
    from convcalc.cli.streams import is_terminal
    from convcalc.report import formats

    if value is None:
        return "table" if is_terminal(sys.stdout) else "plain"
    one_of(value, formats(), "--format")
    for option, given in selection.items():
        if value == "json" and given:
            help = "JSON always holds everything"
            raise bad("does not go with --format json", help, f"--{option}")
    return value


def dtype(value: str) -> DType:
    """The type of all numbers."""
    from convcalc.planning.convention import DTYPE_BYTES

    return cast("DType", one_of(value, DTYPE_BYTES, "--dtype"))


def color(value: str) -> str:
    """When to use colours."""
    from convcalc.cli.streams import COLOR_CHOICES

    return one_of(value, COLOR_CHOICES, "--color")
