"""Sums, means and other figures over named axes."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, prod
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, get_args

from pydantic import PlainValidator, WithJsonSchema

from convcalc.core.arrangement import Arrangement
from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape, elements
from convcalc.kinds.base import Kept, LayerKind, Links, Role, Work
from convcalc.kinds.base.copies import Turn, whole
from convcalc.kinds.base.field_values import wrong
from convcalc.kinds.base.fields import described
from convcalc.kinds.base.moving import links_by
from convcalc.kinds.base.patterns import (
    PATTERN_SCHEMA,
    GivenSizes,
    Pattern,
    check_given,
    flat,
    output_is_known,
    read_pattern,
)
from convcalc.kinds.base.ranges import EVERYTHING, NEVER_NEGATIVE, Range, sign_of

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights

# Figures that a little step leaves as they are.
_PLACES = ("argmax", "argmin")
Op = Literal[
    "mean", "sum", "prod", "max", "min", "l2", "std", "logsumexp", "argmax", "argmin"
]  # fmt: skip


def _reduced(value: object) -> Pattern:
    if isinstance(value, str) and value in get_args(Op):
        message = f"says which axes are left, and `{value}` is what to make of the others"
        raise wrong("wrong-value", message, f'write {{pattern: "c h w -> c", op: {value}}}')
    return output_is_known(read_pattern(value, 1, "`reduce`", "c h w -> c"))


Reduced = Annotated[Pattern, PlainValidator(_reduced), WithJsonSchema(PATTERN_SCHEMA)]


class Reduce(LayerKind):
    """One figure over all axes that the output does not name, in the notation of einops.

    `mean`, `sum`, `prod`, `max`, `min`, `l2` (the root of the sum of squares), `std` (the deviation
    of a sample: its squares are divided by one less than their number), `logsumexp` (the logarithm
    of the sum of exponentials, which are taken of what is left of the largest number), or `argmax`
    and `argmin`, the place of the first largest or smallest, counted from 0. Work: 1 an input
    element.
    Source: Rogozhnikov 2022; PyTorch's functions of these names.

    ```yaml
    convcalc: 1
    input: [1500, 200]
    layers:
      - {reduce: "c t -> c", name: mean}
      - {reduce: {pattern: "c t -> c", op: std}, from: input, name: deviation}
      - concat: [mean, deviation]
    ```
    """

    variants: ClassVar[Mapping[str, str]] = {
        "mean": "op: mean",
        "reducel2": "op: l2",
        "reducelogsumexp": "op: logsumexp",
        "reducemax": "op: max",
        "reducemean": "op: mean",
        "reducemin": "op: min",
        "reduceprod": "op: prod",
        "argmax": "op: argmax",
        "argmin": "op: argmin",
        "logsumexp": "op: logsumexp",
        "prod": "op: prod",
        "reducesum": "op: sum",
    }
    role: ClassVar[Role] = "pool"
    main: ClassVar[str] = "pattern"
    mappings: ClassVar[frozenset[str]] = frozenset({"sizes"})

    pattern: Reduced = described("Axes before and after, as in `c h w -> c`.")
    op: Op = described(
        "The figure: `mean`, `sum`, `prod`, `max`, `min`, `l2`, `std`, `logsumexp`, `argmax` or "
        "`argmin`.",
        "mean",
    )
    sizes: GivenSizes = described("Sizes of axes that the pattern splits off, as in {p: 2}.", ())

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        if self.op in ("l2", "std", *_PLACES):
            return NEVER_NEGATIVE
        if self.op == "logsumexp":
            return inputs[0][0], inf
        if self.op == "prod" and inputs[0][0] < 0:
            return EVERYTHING
        return sign_of(inputs[0]) if self.op in ("sum", "prod") else inputs[0]

    def hands_on(self, x: Shape) -> bool:
        sizes = self.pattern.bound([x], self.sizes)
        kept = tuple(name for name in flat(self.pattern.inputs[0]) if name not in self._lost)
        is_alone = prod(sizes[name] for name in self._lost) == 1
        is_in_order = kept == flat(self.pattern.output) and self.output(x) == x
        return is_alone and is_in_order and self.op not in ("l2", "std", *_PLACES)

    def output(self, x: Shape) -> Shape:
        check_given(self.pattern, self.sizes)
        sizes = self.pattern.bound([x], self.sizes)
        output = self.pattern.output_shape(sizes)
        if self.op == "std" and prod(sizes[name] for name in self._lost) < 2:
            raise LayerError(
                "size-out-of-range",
                "std wants two numbers or more for each deviation, and has one",
                "leave out another axis behind the arrow, or take another `op`",
                field="pattern",
                recovered=output,
            )
        return output

    @property
    def _lost(self) -> tuple[str, ...]:
        kept = flat(self.pattern.output)
        return tuple(name for name in flat(self.pattern.inputs[0]) if name not in kept)

    def arrangement(self, x: Shape) -> Arrangement:
        return self.pattern.arrangement(0, self.pattern.bound([x], self.sizes))

    def links(self, x: Shape) -> Links:
        return links_by(self.arrangement(x), x)

    def work(self, x: Shape, output: Shape) -> Work:
        return {"pool": elements(x)}

    def kept(self, x: Shape, output: Shape) -> Kept:
        return Kept() if self.op in ("mean", "sum", *_PLACES) else Kept(inputs=True, output=True)

    def resolved(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        return {"pattern": self.pattern.text, "op": self.op, "sizes": dict(self.sizes)}

    def turns(self, inputs: tuple[Shape, ...]) -> tuple[Turn, ...]:
        return whole(inputs)

    def renames_positions(self, inputs: tuple[Shape, ...]) -> bool:
        return True

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        rows, shape, _ = self._rows(ops, x)
        figures: Array = _FIGURES[self.op](ops, rows)
        return ops.last(figures.reshape(len(x), *shape))

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        rows, _, back = self._rows(ops, x)
        share = ops.first(grad).reshape(*rows.shape[:2], 1)
        figure = ops.first(y).reshape(*rows.shape[:2], 1)
        return back(self._slope(ops, rows, figure) * share), {}

    def _slope(self, ops: Ops, rows: Array, figure: Array) -> Array:
        """The derivative of each figure with respect to the numbers that it is of."""
        count = rows.shape[-1]
        if self.op in ("mean", "sum"):
            level: Array = ops.np.full(
                rows.shape, 1 / count if self.op == "mean" else 1, rows.dtype
            )
            return level
        if self.op in _PLACES:
            still: Array = ops.np.zeros_like(rows)
            return still
        if self.op in ("max", "min"):
            is_it = (rows == figure).astype(rows.dtype)
            shared: Array = is_it / is_it.sum(axis=-1, keepdims=True)
            return shared
        if self.op in _MADE_SLOPES:
            made: Array = _MADE_SLOPES[self.op](ops, rows, figure)
            return made
        centre = rows.mean(axis=-1, keepdims=True) if self.op == "std" else 0
        times = count - 1 if self.op == "std" else 1
        slope: Array = (rows - centre) / ops.np.where(figure == 0, 1, figure) / times
        return slope

    def _rows(self, ops: Ops, x: Array) -> tuple[Array, Shape, Any]:
        """(N, figures, numbers of one), the shape of the figures, and the way back."""
        sizes = self.pattern.bound([ops.shape(x)], self.sizes)
        before, kept = flat(self.pattern.inputs[0]), flat(self.pattern.output)
        order = [1 + before.index(name) for name in (*kept, *self._lost)]
        split = ops.first(x).reshape(len(x), *(sizes[name] for name in before))
        moved = split.transpose(0, *order)
        shape = self.pattern.output_shape(sizes)
        rows = moved.reshape(len(x), prod(shape), -1)

        def back(grads: Array) -> Array:
            places = [order.index(axis) for axis in range(1, 1 + len(order))]
            whole = grads.reshape(moved.shape).transpose(0, *(1 + place for place in places))
            return ops.last(whole.reshape(ops.first(x).shape))

        return rows, shape, back


def _l2(ops: Ops, rows: Array) -> Array:
    root: Array = ops.np.sqrt(ops.np.square(rows).sum(axis=-1))
    return root


def _logsumexp(ops: Ops, rows: Array) -> Array:
    largest = rows.max(axis=-1, keepdims=True)
    # Of infinities alone, which would leave nothing but NaN, none is taken away.
    level = ops.np.where(ops.np.isinf(largest), 0, largest)
    with ops.np.errstate(divide="ignore"):
        found: Array = ops.np.log(ops.np.exp(rows - level).sum(axis=-1)) + level[..., 0]
    return found


def _share(ops: Ops, rows: Array, figure: Array) -> Array:
    """What each number has of the sum of exponentials; nothing of none."""
    share: Array = ops.np.exp(rows - ops.np.where(figure == -inf, 0, figure))
    return share


def _product_of_others(ops: Ops, rows: Array, figure: Array) -> Array:
    """The product of the numbers before each and of those behind it."""
    one = ops.np.ones_like(rows[..., :1])
    before = ops.np.concatenate([one, rows[..., :-1]], axis=-1).cumprod(axis=-1)
    turned = ops.np.concatenate([one, rows[..., :0:-1]], axis=-1).cumprod(axis=-1)
    others: Array = before * turned[..., ::-1]
    return others


_MADE_SLOPES: dict[str, Any] = {"logsumexp": _share, "prod": _product_of_others}

_FIGURES: dict[str, Any] = {
    "mean": lambda ops, rows: rows.mean(axis=-1),
    "sum": lambda ops, rows: rows.sum(axis=-1),
    "prod": lambda ops, rows: rows.prod(axis=-1),
    "max": lambda ops, rows: rows.max(axis=-1),
    "min": lambda ops, rows: rows.min(axis=-1),
    "l2": _l2,
    "std": lambda ops, rows: rows.std(axis=-1, ddof=1),
    "logsumexp": _logsumexp,
    "argmax": lambda ops, rows: ops.decided(rows.argmax(axis=-1), [rows.sum(axis=-1)]),
    "argmin": lambda ops, rows: ops.decided(rows.argmin(axis=-1), [rows.sum(axis=-1)]),
}

KIND = Reduce
