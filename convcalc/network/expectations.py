"""What `expect:` may say, of a network or of a layer, as strict models with places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, PlainValidator, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from convcalc.document import Mapping, Node, to_plain
from convcalc.kinds.base.field_values import is_integer, show, wrong
from convcalc.kinds.base.fields import described
from convcalc.network.findings import Findings, add_validation_errors, nearest

COUNT_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
BYTE_UNITS = {
    "B": 1,
    "kB": 10**3,
    "KiB": 2**10,
    "MB": 10**6,
    "MiB": 2**20,
    "GB": 10**9,
    "GiB": 2**30,
}
_QUANTITY = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,9})?) ?([A-Za-z]*)")
MAX_FIGURE = 10**30


# What is known of a figure: nothing but itself, or how small or large it is at most.
Bound = Literal["", "at least", "at most"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a figure must be: exactly `exact`, or within `least` and `most`."""

    exact: Fraction | None = None
    least: Fraction | None = None
    most: Fraction | None = None

    def hold(self, got: Fraction | int) -> bool:
        """True where `got` is as expected."""
        if self.exact is not None:
            return got == self.exact
        return (self.least is None or got >= self.least) and (self.most is None or got <= self.most)

    def settled(self, got: Fraction | int, bound: Bound) -> bool:
        """True where what is at least (or at most) `got` is as expected, however far beyond.

        >>> Limits(least=Fraction(7)).settled(8, "at least"), Limits(most=Fraction(9)).settled(
        ...     8, "at least"
        ... )
        (True, False)
        """
        other = self.most if bound == "at least" else self.least if bound else None
        return self.hold(got) and (not bound or (self.exact is None and other is None))

    def widened(self, least: int | Fraction, greatest: int | Fraction) -> Limits:
        """As far apart as figures from `least` to `greatest` need, and no farther.

        >>> Limits(least=Fraction(5), most=Fraction(9)).widened(8, 12).most
        Fraction(12, 1)
        """
        low, high = Fraction(least), Fraction(greatest)
        if self.exact is not None:
            return Limits(exact=low) if low == high else Limits(least=low, most=high)
        return Limits(
            least=None if self.least is None else min(self.least, low),
            most=None if self.most is None else max(self.most, high),
        )


def quantity(text: str, units: dict[str, int], bare: bool) -> Fraction | None:
    """The number that `1.9G` or `64MiB` writes; None if it writes none."""
    match = _QUANTITY.fullmatch(text)
    if match is None or match[2] not in units or (not match[2] and not bare):
        return None
    return Fraction(match[1]) * units[match[2]]


def _respelt(text: str, units: dict[str, int]) -> str:
    """The figure that was meant, in the spelling of its unit; "" where none is seen.

    >>> _respelt("20 k", COUNT_UNITS), _respelt("64mib", BYTE_UNITS), _respelt("2x", COUNT_UNITS)
    ('20K', '64MiB', '')
    """
    joined = "".join(text.split())
    spelt = (f"{joined[: -len(unit)]}{unit}" for unit in units if unit and _ends(joined, unit))
    return next((figure for figure in spelt if quantity(figure, units, bare=False)), "")


def _ends(text: str, unit: str) -> bool:
    return text.lower().endswith(unit.lower())


def _figure(value: object, in_bytes: bool = False) -> Fraction:
    wants = "bytes with a unit, such as 64MiB" if in_bytes else "a number, such as 11689512 or 1.9G"
    units = BYTE_UNITS if in_bytes else COUNT_UNITS
    if isinstance(value, str):
        parsed = quantity(value, units, bare=not in_bytes)
        if parsed is not None:
            return parsed
        meant = _respelt(value, units)
        listed = ", ".join(unit for unit in units if unit)
        help = f"write {meant}" if meant else f"units: {listed}"
        raise wrong("wrong-value", f"wants {wants}, got {show(value)}", help)
    if in_bytes or isinstance(value, bool) or not isinstance(value, (int, float)):
        repair = "write a number"
        if in_bytes:
            repair = f"write {value}B" if is_integer(value) else "write 64MiB"
        raise wrong("wrong-type", f"wants {wants}, got {show(value)}", repair)
    figure = Fraction(repr(value)) if isinstance(value, float) else Fraction(value)
    if not 0 <= figure <= MAX_FIGURE:
        raise wrong("wrong-value", f"wants {wants}, got {show(value)}", "write 0 or more")
    return figure


class FigureError(ValueError):
    """A value that writes no figure: what is wrong with it, and what to write."""

    def __init__(self, message: str, help: str) -> None:
        self.help = help
        super().__init__(message)


def parse_figure(value: object, in_bytes: bool = False) -> Fraction:
    """The number that a value of a configuration writes, as `expect:` would read it.

    Raises FigureError.

    >>> parse_figure("1.9G"), parse_figure("64MiB", in_bytes=True)
    (Fraction(1900000000, 1), Fraction(67108864, 1))
    """
    if isinstance(value, float) and not isfinite(value):
        raise FigureError("wants a finite number", "leave the limit out")
    try:
        return _figure(value, in_bytes)
    except PydanticCustomError as error:
        context = error.context or {}
        raise FigureError(str(context["message"]), str(context["help"])) from None


def _limits(value: object, in_bytes: bool = False, fractions: bool = False) -> Limits:
    if isinstance(value, dict):
        unknown = set(value) - {"min", "max"}
        if unknown or not value:
            got = ", ".join(map(str, value)) or "nothing"
            raise wrong("unknown-key", f"takes `min` and `max`, got {got}", "write {max: 1.9G}")
        bounds = {key: _figure(item, in_bytes) for key, item in value.items()}
        least, most = bounds.get("min"), bounds.get("max")
        if least is not None and most is not None and least > most:
            raise wrong("wrong-value", "has a `min` above its `max`", "swap them")
        return Limits(least=least, most=most)
    if fractions and isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}/[0-9]{1,9}", value):
        above, below = map(int, value.split("/"))
        if below:
            return Limits(exact=Fraction(above, below))
    return Limits(exact=_figure(value, in_bytes))


def _output(value: object) -> tuple[int | None, ...]:
    if not isinstance(value, list) or not value:
        sizes = re.findall(r"[1-9][0-9]{0,8}", str(value)[:40])
        meant = f"[{', '.join(sizes[:4]) or 1000}]"
        raise wrong("wrong-type", f"wants a list of sizes, got {show(value)}", f"write {meant}")
    for item in value:
        whole = isinstance(item, int) and not isinstance(item, bool) and item > 0
        if item is not None and not whole:
            raise wrong(
                "wrong-type", f"wants positive integers or ~, got {show(item)}", "~ means any"
            )
    return tuple(value)


def _limit_schema(single: dict[str, Any]) -> WithJsonSchema:
    bounds = {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "properties": {"min": single, "max": single},
    }
    return WithJsonSchema({"anyOf": [single, bounds]})


_COUNT_SCHEMA = {
    "anyOf": [
        {"type": "number", "minimum": 0},
        {"type": "string", "pattern": r"^\d+(\.\d+)? ?[KMGT]?$"},
    ]
}
_BYTES_SCHEMA = {"type": "string", "pattern": r"^\d+(\.\d+)? ?(B|kB|KiB|MB|MiB|GB|GiB)$"}
_STRIDE_SCHEMA = {
    "anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^\d+/\d+$"}]
}

CountLimits = Annotated[Limits, PlainValidator(_limits), _limit_schema(_COUNT_SCHEMA)]
ByteLimits = Annotated[
    Limits,
    PlainValidator(lambda value: _limits(value, in_bytes=True)),
    _limit_schema(_BYTES_SCHEMA),
]
StrideLimits = Annotated[
    Limits,
    PlainValidator(lambda value: _limits(value, fractions=True)),
    _limit_schema(_STRIDE_SCHEMA),
]
OutputPattern = Annotated[
    tuple[int | None, ...],
    PlainValidator(_output),
    WithJsonSchema(
        {
            "type": "array",
            "minItems": 1,
            "maxItems": 4,
            "items": {"type": ["integer", "null"], "minimum": 1},
        }
    ),
]


class LayerExpect(BaseModel):
    """Expectations on one layer (each repetition of it), or on a block used as one."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, arbitrary_types_allowed=True
    )

    output: OutputPattern | None = described("The output's shape; ~ in a place means any.", None)
    params: CountLimits | None = described("Learnt numbers.", None)
    macs: CountLimits | None = described("Multiply-accumulates.", None)
    receptive_field: CountLimits | None = described("Receptive field in pixels.", None)
    stride: StrideLimits | None = described("Effective stride in pixels.", None)


class NetworkExpect(LayerExpect):
    """Expectations on the whole network."""

    memory: ByteLimits | None = described("Peak at inference, parameters included.", None)


@dataclass(frozen=True, slots=True, eq=False)
class Expectation:
    """A parsed `expect:`, with the node of each key."""

    model: LayerExpect
    nodes: dict[str, Node]


def read_expectation(
    node: Node, findings: Findings, what: str, model: type[LayerExpect]
) -> Expectation | None:
    """The expectations written at `node`; None, with findings, where they make no sense."""
    if not isinstance(node, Mapping):
        findings.add(
            "wrong-type", f"`expect` of {what} is no mapping", node, help="write {params: 61706}"
        )
        return None
    known = set(model.model_fields)
    values = {}
    for key, value in node.entries.items():
        if key in known:
            values[key] = to_plain(value)
            continue
        help = nearest(key, known - node.entries.keys())
        if key == "memory":
            help = "the peak belongs to the whole network: move it to the file's `expect`"
        findings.add("unknown-key", f"`expect` of {what} has no `{key}`", node.keys[key], help=help)
    try:
        return Expectation(model.model_validate(values), dict(node.entries))
    except ValidationError as error:
        add_validation_errors(findings, error, f"`expect` of {what}", node, node.entries, {})
        return None


def given_expectation(values: dict[str, object]) -> Expectation:
    """Expectations on a network that no file writes. Raises FigureError for the first bad one."""
    try:
        return Expectation(NetworkExpect.model_validate(values), {})
    except ValidationError as error:
        detail = error.errors()[0]
        context = detail.get("ctx", {})
        message = f"`{detail['loc'][0]}` {context.get('message', detail['msg'])}"
        raise FigureError(message, str(context.get("help", ""))) from None
