"""Patterns over named axes, in the notation of einops and einsum: read, and bound to shapes.

    c (h p) (w q) -> (c p q) h w          h d q, h d k -> h q k

Source: Rogozhnikov 2022, "Einops"; NumPy's einsum.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from math import prod
from typing import Annotated, Any, NamedTuple

from pydantic import PlainValidator, WithJsonSchema

from convcalc.core.arrangement import Arrangement
from convcalc.core.errors import LayerError, Repair
from convcalc.core.shapes import MAX_RANK, Shape, format_shape
from convcalc.kinds.base.checks import nearest_divisors
from convcalc.kinds.base.field_values import show, wrong
from convcalc.kinds.base.fields import with_expression

# Longer patterns are refused unread.
MAX_CHARACTERS = 200
MAX_NAMES = 12
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*")

PATTERN_SCHEMA: dict[str, Any] = {"type": "string", "pattern": "->", "maxLength": MAX_CHARACTERS}

# The names that make up one axis, the slowest first; none for an axis of 1.
Group = tuple[str, ...]
Side = tuple[Group, ...]
Sizes = tuple[tuple[str, int], ...]


class Pattern(NamedTuple):
    """The axes of each input and of the output, channels first, and the text that says so."""

    inputs: tuple[Side, ...]
    output: Side
    text: str

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, in the order in which they come."""
        return tuple(dict.fromkeys(chain.from_iterable(map(flat, (*self.inputs, self.output)))))

    def bound(self, shapes: Sequence[Shape], given: Sizes = ()) -> dict[str, int]:
        """The size of every name. Raises LayerError pattern-mismatch where shapes do not fit."""
        sizes = dict(given)
        for number, (side, shape) in enumerate(zip(self.inputs, shapes, strict=True), 1):
            what = f"input {number}" if len(self.inputs) > 1 else "the input"
            if len(side) != len(shape):
                raise _misfit(
                    f"`{_shown(side)}` names {_axes(len(side))}, but {what} {format_shape(shape)} "
                    f"has {len(shape)}",
                    f"name {len(shape)}, channels first",
                )
        # What stands alone tells its size; groups then follow, whatever their order.
        pairs = [
            (group, size, f"input {number}" if len(self.inputs) > 1 else "the input")
            for number, (side, shape) in enumerate(zip(self.inputs, shapes, strict=True), 1)
            for group, size in zip(side, shape, strict=True)
        ]
        for group, size, what in sorted(pairs, key=lambda pair: len(pair[0]) > 1):
            _bind(group, size, what, sizes)
        return sizes

    def output_shape(self, sizes: Mapping[str, int]) -> Shape:
        """The shape of the output for these sizes."""
        return tuple(prod(sizes[name] for name in group) for group in self.output)

    def arrangement(self, number: int, sizes: Mapping[str, int]) -> Arrangement:
        """How the axes of an input become those of the output."""
        names = {name: place for place, name in enumerate(self.names)}
        before, after = self.inputs[number], self.output
        return Arrangement(
            tuple(sizes[name] for name in self.names),
            tuple(tuple(names[name] for name in group) for group in before),
            tuple(tuple(names[name] for name in group) for group in after),
        )


def flat(side: Side) -> tuple[str, ...]:
    """The names of a side in their order."""
    return tuple(chain.from_iterable(side))


def _shown(side: Side) -> str:
    """A side as it is written.

    >>> _shown((("c",), ("h", "p"), ()))
    'c (h p) 1'
    """
    words = (" ".join(group) for group in side)
    return " ".join(f"({word})" if " " in word else word or "1" for word in words)


def _axes(count: int) -> str:
    return f"{count} ax{'i' if count == 1 else 'e'}s"


def _misfit(
    note: str, help: str, repairs: Iterable[Repair] = (), field: str = "pattern"
) -> LayerError:
    return LayerError("pattern-mismatch", note, help, field=field, repairs=repairs)


def _bind(group: Group, size: int, what: str, sizes: dict[str, int]) -> None:
    known = [name for name in group if name in sizes]
    open_names = [name for name in group if name not in sizes]
    made = prod(sizes[name] for name in known)
    if len(open_names) > 1:
        part = nearest_divisors(size // made, 2)[-1] if size >= made else 1
        raise _misfit(
            f"`({' '.join(group)})` is {size} in {what}, which may be split in many ways",
            "other ones: all but one of its sizes have to be known",
            [{"sizes": {**dict.fromkeys(open_names[1:], 1), open_names[-1]: part}}],
        )
    if open_names:
        if size % made:
            listed = " * ".join(f"{name} = {sizes[name]}" for name in known)
            raise _misfit(
                f"`({' '.join(group)})` is {size} in {what}, not a multiple of {listed} "
                f"(remainder {size % made})",
                f"a `pad` of the input to {size + -size % made}",
                [{"sizes": {known[0]: near}} for near in nearest_divisors(size, sizes[known[0]])],
            )
        sizes[open_names[0]] = size // made
    elif made != size:
        word = f"`{group[0]}`" if len(group) == 1 else f"`({' '.join(group)})`" if group else "`1`"
        raise _misfit(
            f"{word} is {size} in {what}, and {made} elsewhere",
            "give the axes different names, or the inputs the same size",
        )


def read_pattern(
    value: object, inputs: int, what: str, example: str, *, brackets: bool = True
) -> Pattern:
    """The pattern in a text, or one that was read. Raises the error that says what is wrong.

    `example` is what to write where nothing of it can be kept.
    """
    if isinstance(value, Pattern):
        value = value.text
    if not isinstance(value, str):
        raise wrong("wrong-type", f"wants a pattern, got {show(value)}", f'write "{example}"')
    if len(value) > MAX_CHARACTERS:
        message = f"has {len(value):,} characters, more than {MAX_CHARACTERS}"
        raise wrong("wrong-value", message, "use shorter names")
    left, arrow, right = value.partition("->")
    if not arrow or "->" in right:
        message = f"has no arrow from input to output: {show(value)}"
        raise wrong("wrong-value", message, f'write "{example}"')
    sides = left.split(",")
    if len(sides) != inputs:
        message = f"names {len(sides)} input{'s' * (len(sides) != 1)}, and {what} takes {inputs}"
        raise wrong("wrong-value", message, f'write "{example}"')
    if not brackets and "(" in value:
        message = f"joins axes in brackets: {show(value)}"
        raise wrong("wrong-value", message, "name every axis by itself; `rearrange` joins them")
    pattern = Pattern(tuple(map(_side, sides)), _side(right), " ".join(value.split()))
    if len(pattern.names) > MAX_NAMES:
        message = f"has {len(pattern.names)} names, more than {MAX_NAMES}"
        raise wrong("wrong-value", message, "split it over several layers")
    return pattern


def _side(text: str) -> Side:
    groups: list[Group] = []
    inside: list[str] | None = None
    for token in re.findall(r"[^\s()]+|[()]", text):
        if token == "(" and inside is None:
            inside = []
        elif token == ")" and inside is not None:
            groups.append(tuple(inside))
            inside = None
        elif token in "()":
            raise wrong("wrong-value", f"has a stray bracket: {show(text.strip())}", "close each (")
        elif token == "1":
            if inside is None:
                groups.append(())
        elif not _NAME.fullmatch(token):
            help = "write a name for every axis, as in `c h w`"
            if token.startswith((".", "…")):
                help = "name every axis: there is no `...`"
            raise wrong("wrong-value", f"has no name for an axis: {show(token)}", help)
        elif inside is None:
            groups.append((token,))
        else:
            inside.append(token)
    if inside is not None:
        raise wrong("wrong-value", f"has an open bracket: {show(text.strip())}", "close each (")
    if not 1 <= len(groups) <= 1 + MAX_RANK:
        raise wrong(
            "wrong-value",
            f"has {_axes(len(groups))} on a side: {show(text.strip())}",
            f"a sample has 1 to {1 + MAX_RANK} axes, channels first",
        )
    twice = [name for name, count in Counter(flat(tuple(groups))).items() if count > 1]
    if twice:
        message = f"names `{twice[0]}` twice on one side"
        raise wrong("wrong-value", message, "give the axes different names")
    return tuple(groups)


def same_names(pattern: Pattern) -> Pattern:
    """The pattern, whose sides must have the same names. Raises where one has more."""
    before, after = set(flat(pattern.inputs[0])), set(flat(pattern.output))
    for name in (*flat(pattern.inputs[0]), *flat(pattern.output)):
        if name not in before:
            message = f"makes `{name}` of nothing: it is not in the input"
            raise wrong("wrong-value", message, "name the same axes on both sides")
        if name not in after:
            message = f"loses `{name}`: it is not in the output"
            raise wrong("wrong-value", message, "name it there, or use `reduce`")
    return pattern


def output_is_known(pattern: Pattern) -> Pattern:
    """The pattern, whose output must name axes of the inputs. Raises where it does not."""
    known = set(chain.from_iterable(map(flat, pattern.inputs)))
    for name in flat(pattern.output):
        if name not in known:
            message = f"makes `{name}` of nothing: it is in no input"
            raise wrong("wrong-value", message, "name only axes that an input has")
    return pattern


def _read_sizes(value: object) -> Sizes:
    """Sizes by name, as a file gives them, `{p: 2, q: 2}`, or as pairs."""
    if value is None:
        return ()
    if isinstance(value, tuple):
        value = dict(value)
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise wrong("wrong-type", f"wants sizes by name, got {show(value)}", "write {p: 2, q: 2}")
    for name, size in value.items():
        if not isinstance(size, int) or isinstance(size, bool):
            message = f"wants a positive integer for `{name}`, got {show(size)}"
            raise wrong("wrong-type", message, f"write {{{name}: 2}}")
        if not 1 <= size <= 10**9:
            message = f"wants a size from 1 to {10**9:,} for `{name}`, got {show(size)}"
            raise wrong("wrong-value", message, f"write {{{name}: 2}}")
    return tuple(value.items())


# `sizes` of a pattern, as a field.
GivenSizes = Annotated[
    Sizes,
    PlainValidator(_read_sizes),
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": with_expression({"type": "integer", "minimum": 1}),
        }
    ),
]


def check_given(pattern: Pattern, given: Sizes) -> None:
    """Raises LayerError for a size whose name the pattern has not."""
    for name, _ in given:
        if name not in pattern.names:
            raise _misfit(
                f"`sizes` has `{name}`, which the pattern `{pattern.text}` has not",
                f"its names are {', '.join(pattern.names)}",
                field="sizes",
            )
