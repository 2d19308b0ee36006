"""What differs between the uses of a block: its arguments, and what follows from them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from convcalc.features.import_.following_sizes import Maps, followed
from convcalc.features.import_.spelling import Value
from convcalc.network.expressions.operations import round_to

# A value for each use of the block: every way to write it, or None where the use has no such layer.
Column = Sequence[tuple[Value, ...] | None]
# Widths are worth a relation; strides and kernels that are multiples of something are so by chance.
_WIDE = 8
_BY_CHANCE = 2
_FACTORS = (2, 3, 4, 6, 8)
_STEP = 8
# Heads are so many channels each.
_HEAD_SIZES = (16, 32, 64, 128)
_NUMBERED = re.compile(r"x\d+")
_STRIDE = re.compile(r"s\d*")
# Channels are called so in papers; those that do not leave the block are within it.
WIDTH_NAME = "c"
_WITHIN = "mid"


@dataclass(frozen=True, slots=True)
class Expression:
    """A value that is computed: what stands behind the `=`.

    `{}` in the text is the name of the layer at the index `item` of the list.
    """

    text: str
    item: int = -1

    def said(self, names: Mapping[int, str]) -> Expression:
        """The value with the layer's name in it."""
        return Expression(self.text.format(names[self.item])) if self.item >= 0 else self


@dataclass(slots=True, eq=False)
class Argument:
    """An argument of a block; `values` has what each use gives it.

    `default` is `...` where every use has to give it. Nodes are the values of one that `is_layer`.
    A flag's `widths` are the channels that come out of the layer of which it tells whether it is
    there, and it `is_around` where that is a merge, or stands on a way around others.
    """

    name: str
    values: list[Value]
    is_layer: bool = False
    default: Value = ...
    widths: Sequence[int | None] = ()
    is_around: bool = False

    @property
    def is_given(self) -> bool:
        """True where uses give it a value: it is no layer, and does not follow from others."""
        return not self.is_layer and not isinstance(self.default, Expression)


@dataclass(slots=True)
class Arguments:
    """The arguments of one block, found column by column.

    `entering` are the channels of the block's input at each use, `leaving` those of its result.
    `maps` are what the block reads and what its layers with names give that are written before.
    """

    entering: list[int]
    leaving: list[int] = field(default_factory=list)
    maps: list[Maps] = field(default_factory=list)
    found: list[Argument] = field(default_factory=list)

    def written(
        self, name: str, column: Column, preferred: Value = ..., cin: Sequence[int | None] = ()
    ) -> Value | Expression:
        """How the values of a column are written in the block.

        A value that fits all uses is itself, `preferred` first; then what follows from an argument
        or from channels, `cin` being those of the layer's input; and then a new argument.
        """
        constant = common(column, preferred)
        if constant is not ...:
            return constant
        parts = self._in_parts(name, column, cin)
        if parts is not None:
            return parts
        known = self._known(column, cin)
        if known is not None:
            return known
        return Expression(self._new(name, _chosen(column)).name)

    def _known(self, column: Column, cin: Sequence[int | None]) -> Value | Expression | None:
        """What fits all uses, is an argument already, or follows from others; None for else."""
        constant = common(column, ...)
        if constant is not ...:
            return constant
        for argument in self.found:
            if not argument.is_layer and all(_fits(column, argument.values)):
                return Expression(argument.name)
        return self._related(column, cin)

    def _in_parts(self, name: str, column: Column, cin: Sequence[int | None]) -> Value | None:
        """A list or a mapping, each number of which is known or an argument of its own.

        Of a list all numbers but one have to be known: others are better given whole.
        """
        values = [choices[0] if choices else ... for choices in column]
        whole = next(value for value in values if value is not ...)
        names = _part_names(name, whole)
        others = [_part_names(name, value) for value in values if value is not ...]
        if not names or any(other != names for other in others):
            return None
        columns: list[Column] = [
            [None if value is ... else (_part(value, at),) for value in values]
            for at in range(len(names))
        ]
        # Windows that are put together again lie side by side, so many to a width.
        wide = range(len(columns)) if isinstance(whole, dict) else [len(columns) - 1]
        parts = []
        for at, one in enumerate(columns):
            found = self._known(one, cin)
            parts.append(self._following(one, at in wide) if found is None else found)
        unknown = [at for at, part in enumerate(parts) if part is None]
        if not isinstance(whole, dict) and len(unknown) > 1:
            return None
        for at in unknown:
            parts[at] = Expression(self._new(names[at], _chosen(columns[at])).name)
        return dict(zip(whole, parts, strict=True)) if isinstance(whole, dict) else tuple(parts)

    def _following(self, column: Column, is_last: bool) -> Expression | None:
        """A size that follows from those of a map."""
        values = [choices[0] if choices else ... for choices in column]
        text, item = followed(values, self.maps, is_last)
        return Expression(text, item) if text else None

    def layer(self, nodes: list[int], name: str) -> Expression:
        """The argument of about this name that hands these layers to the block."""
        for argument in self.found:
            if argument.is_layer and argument.values == nodes:
                return Expression(argument.name)
        argument = self._new(name, nodes)
        argument.is_layer = True
        return Expression(argument.name)

    def flag(
        self, name: str, values: list[bool], widths: Sequence[int | None], is_around: bool
    ) -> Expression:
        """The argument that says which uses have a layer; see `Argument` for what it is told."""
        for argument in self.found:
            if argument.values == values and type(argument.values[0]) is bool:
                return Expression(argument.name)
        argument = self._new(name, list(values))
        argument.widths, argument.is_around = widths, is_around
        return Expression(argument.name)

    def settle(self) -> None:
        """Fill in what uses without a value give, and find defaults."""
        for argument in self.found:
            if argument.is_layer:
                continue
            given = [value for value in argument.values if value is not ...]
            ((usual, times),) = Counter(map(_hashable, given)).most_common(1)
            first = next(value for value in given if _hashable(value) == usual)
            argument.values = [first if value is ... else value for value in argument.values]
            is_often = 3 * times >= len(given) and times > 1
            if is_often and first is not None and not is_wide(argument.values):
                argument.default = first

        self._derive_flags()

    def _derive_flags(self) -> None:
        """Let flags follow from strides and channels, where they do: `s>1 or cin!=4*c`."""
        for argument in self.found:
            if not argument.widths:
                continue
            conditions = _conditions(argument, self.found, self.entering)
            text = next((text for text, holds in conditions if holds == argument.values), "")
            if text:
                argument.default = Expression(text)
        # What has to be given goes first, and what follows from others stands behind them.
        self.found.sort(
            key=lambda one: (one.default is not ..., isinstance(one.default, Expression))
        )

    def given(self, use: int) -> dict[str, Value]:
        """What one use gives to each argument that is no layer."""
        return {one.name: one.values[use] for one in self.found if one.is_given}

    def _new(self, name: str, values: list[Value]) -> Argument:
        if name == WIDTH_NAME and not self._leads_out(values):
            name = _WITHIN
        taken = {argument.name for argument in self.found}
        number = 2
        base = name
        while name in taken:
            name = f"{base}{number}"
            number += 1
        argument = Argument(name, values)
        self.found.append(argument)
        return argument

    def _leads_out(self, widths: Sequence[Value]) -> bool:
        """True where these channels are those of the block's result, or those many times over."""
        return len(set(self.leaving)) <= 1 or any(
            _agree(self.leaving, widths, Fraction(factor)) for factor in (1, *_FACTORS)
        )

    def _related(self, column: Column, cin: Sequence[int | None]) -> Expression | None:
        values = [choices[0] if choices else ... for choices in column]
        present = [value for value in values if value is not ...]
        if not is_wide(present) and len(set(map(repr, present))) <= _BY_CHANCE:
            return None
        arguments = [
            (one.name, one.values) for one in self.found if not one.is_layer and is_wide(one.values)
        ]
        bases: list[tuple[str, Sequence[int | None]]] = [
            ("cin", cin), ("channels(in)", self.entering),
        ]  # fmt: skip
        bases = [entry for entry in bases if entry[1]]
        for name, base in bases:
            if _agree(values, base, Fraction(1)):
                return Expression(name)
        for name, base in [*arguments, *bases]:
            for factor in (*_FACTORS, *_HEAD_SIZES):
                if factor in _FACTORS and _agree(values, base, Fraction(factor)):
                    return Expression(f"{factor}*{name}")
                if _agree(values, base, Fraction(1, factor)):
                    return Expression(f"{name}//{factor}")
        for item, shapes in self.maps:
            if _agree(values, [shape[0] for shape in shapes], Fraction(1)):
                return Expression("channels({})", item)
        for name, base in [*arguments, *bases]:
            for factor in _FACTORS:
                if _agree(values, [_rounded(one, factor) for one in base], Fraction(1)):
                    return Expression(f"round_to({name}//{factor}, {_STEP})")
        return None


def _part_names(name: str, value: Value) -> list[str]:
    """What the numbers of a mapping are called, or of a list; none for anything else."""
    if isinstance(value, dict):
        # A pattern's numbered letter says nothing.
        return ["n" if _NUMBERED.fullmatch(str(key)) else str(key) for key in value]
    if isinstance(value, tuple) and not any(isinstance(one, tuple) for one in value):
        return ["n" if name == "shape" else name] * len(value)
    return []


def _part(value: Value, at: int) -> Value:
    """A number of a list or of a mapping, by its place."""
    return [*value.values()][at] if isinstance(value, dict) else value[at]


def _agree(values: Sequence[Value], base: Sequence[Value], factor: Fraction) -> bool:
    """True where each value is so many times its base; one that no use has agrees with any."""
    return all(
        value is ... or (isinstance(one, int) and factor * one == value)
        for value, one in zip(values, base, strict=True)
    )


def _rounded(width: Value, factor: int) -> Value:
    """A part of a width as MobileNet rounds it."""
    return round_to(width // factor, _STEP) if type(width) is int else ...


def is_wide(values: Sequence[Value]) -> bool:
    """True for widths: numbers that are not small."""
    return all(type(value) is int and value >= _WIDE for value in values if value is not ...)


def _conditions(
    flag: Argument, arguments: Sequence[Argument], entering: Sequence[int]
) -> Iterator[tuple[str, list[bool]]]:
    """Conditions on channels and on strides that a person would set, with where they hold.

    A layer that changes channels is there where they change, and one that stands around others
    where the map gets smaller as well. That other numbers go with a flag is mere chance.
    """
    changed: list[tuple[str, list[bool]]] = []
    for one in arguments:
        if not (one.is_given and is_wide(one.values)):
            continue
        for factor in (1, *_FACTORS):
            wanted = [... if width is None else width for width in flag.widths]
            if _agree(wanted, one.values, Fraction(factor)):
                text = one.name if factor == 1 else f"{factor}*{one.name}"
                pairs = zip(entering, one.values, strict=True)
                changed.append((text, [factor * value != cin for cin, value in pairs]))
    for text, holds in changed:
        yield f"cin!={text}", holds
        yield f"cin=={text}", [not one for one in holds]
    if not flag.is_around:
        return
    strided = [
        (one.name, [value > 1 for value in one.values])
        for one in arguments
        if _STRIDE.fullmatch(one.name) and all(type(value) is int for value in one.values)
    ]
    for name, holds in strided:
        yield f"{name}>1", holds
        yield f"{name}==1", [not one for one in holds]
    for name, holds in strided:
        for text, others in changed:
            either = [one or other for one, other in zip(holds, others, strict=True)]
            yield f"{name}>1 or cin!={text}", either
            yield f"{name}==1 and cin=={text}", [not one for one in either]


def _chosen(column: Column) -> list[Value]:
    """One value for each use, so that as many as can have the same one."""
    times = Counter(_hashable(value) for choices in column for value in choices or ())

    def rank(value: Value) -> tuple[bool, int]:
        # An argument of no value would be one that every use has to give.
        return value is not None, times[_hashable(value)]

    return [max(choices, key=rank) if choices else ... for choices in column]


def _fits(column: Column, values: Sequence[Value]) -> Iterator[bool]:
    for choices, value in zip(column, values, strict=True):
        yield choices is None or any(same(value, one) for one in choices)


def common(column: Column, preferred: Value) -> Value:
    """A value that fits all uses; `...` where none does."""
    present = [choices for choices in column if choices is not None]
    if not present:
        return ...
    first = present[0]
    for value in sorted(first, key=lambda one: not same(one, preferred)):
        if all(any(same(value, one) for one in choices) for choices in present):
            return value
    return ...


def same(one: Value, other: Value) -> bool:
    """True for equal values of one type: 1 is not true.

    >>> same(1, True), same((1, 2), (1, 2))
    (False, True)
    """
    return type(one) is type(other) and bool(one == other)


def _hashable(value: Value) -> tuple[type, str]:
    return type(value), repr(value)
