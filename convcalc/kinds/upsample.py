"""Resampling by interpolation."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import ceil, gcd
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import model_validator

from convcalc.core.errors import LayerError, OnAxes
from convcalc.core.links import nearest_link, resample_link
from convcalc.core.shapes import Shape, elements, format_shape
from convcalc.kinds.adaptive_family import AdaptiveAvgPool
from convcalc.kinds.base import Keeps, Kept, Kind, LayerKind, Links, Work
from convcalc.kinds.base.checks import spatial_rank
from convcalc.kinds.base.code_lines import folded, keras_call, number, torch_call, unless
from convcalc.kinds.base.copies import Turn
from convcalc.kinds.base.field_values import PerAxisValue, wrong
from convcalc.kinds.base.fields import Flag, PerAxis, Scales, described, per_axis
from convcalc.kinds.base.likeness import wanted_sizes
from convcalc.kinds.base.ranges import EVERYTHING, Range
from convcalc.kinds.base.undoing import Undone

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights

# mode -> (spatial axes it is for, neighbours an axis)
_MODES: dict[str, tuple[tuple[int, ...], int]] = {
    "nearest": ((1, 2, 3), 1),
    "nearest-exact": ((1, 2, 3), 1),
    # As many as its bin holds.
    "area": ((1, 2, 3), 0),
    "linear": ((1,), 2),
    "bilinear": ((2,), 2),
    "trilinear": ((3,), 2),
    "bicubic": ((2,), 4),
}
_LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


Mode = Literal["nearest", "nearest-exact", "area", "linear", "bilinear", "trilinear", "bicubic"]


class Upsample(LayerKind):
    """A larger (or smaller) map by interpolation.

    Output per axis: floor(i * scale_factor) in double precision, or `output_size`. `nearest`
    copies pixel floor(u / factor), `nearest-exact` the one under the centre of the new pixel,
    floor((u + 1/2) / factor), as Pillow and OpenCV do; `area` is the mean of the pixels that the
    new one covers, an `adaptive_avg_pool`. Work: the neighbours of each output element (1 for
    nearest, 2 an axis for linear, 4 an axis for cubic, the pixels of its bin for `area`).
    Source: PyTorch's Upsample.

    ```yaml
    convcalc: 1
    input: [256, 14, 14]
    layers:
      - {max_pool: 3, name: small}
      - {upsample: {like: input}, name: back}
      - upsample: 2
      - upsample: {output_size: [60, 64], mode: bilinear}
      - upsample: {scale_factor: 0.5, mode: area}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("interpolate", "resize", "upsampling")
    variants: ClassVar[Mapping[str, str]] = {
        "upsamplingbilinear": "mode: bilinear",
        "upsamplingnearest": "mode: nearest",
    }
    is_spatial: ClassVar[bool] = True
    main: ClassVar[str] = "scale_factor"
    keeps: ClassVar[Keeps] = "nothing"

    likes: ClassVar[Mapping[str, str]] = {
        "like": "The layer whose map it is as large as, in place of a factor or `output_size`."
    }
    liked: ClassVar[tuple[str, ...]] = ("scale_factor", "output_size")

    temporaries: ClassVar[int] = 4

    scale_factor: Scales | None = described("Factor on each axis.", None)
    output_size: PerAxis | None = described("Wanted spatial size, in place of a factor.", None)
    mode: Mode = described("How the new pixels are found.", "nearest")
    align_corners: Flag = described("Let the corner pixels' centres stay in the corners.", False)

    @model_validator(mode="after")
    def _one_way_to_the_size(self) -> Upsample:
        if self.scale_factor is None and self.output_size is None:
            raise wrong(
                "missing-field",
                "neither `scale_factor` nor `output_size` is given",
                "write `upsample: 2`",
            )
        if self.scale_factor is not None and self.output_size is not None:
            raise wrong(
                "field-given-twice",
                "`scale_factor` and `output_size` both set the size",
                "keep one of them",
            )
        if self.align_corners and self._neighbours <= 1:
            raise wrong(
                "wrong-value",
                f"`align_corners` means nothing with the mode `{self.mode}`",
                "use `mode: bilinear`, or leave it out",
            )
        return self

    @classmethod
    def fitted(cls, x: Shape, like: Shape, offset: PerAxisValue | None = None) -> dict[str, object]:
        return {"output_size": wanted_sizes(x, like)}

    def stays_in_channel(self) -> bool:
        return True

    def sums(self, x: Shape, output: Shape) -> list[str]:
        if self.scale_factor is None:
            return [f"{format_shape(x[1:])} → {format_shape(output[1:])}, as asked"]
        texts = []
        for size, factor, out in zip(x[1:], self._factors(len(x) - 1), output[1:], strict=True):
            product = f"{size}·{number(factor)}"
            texts.append(f"{product if size * factor == out else f'⌊{product}⌋'} = {out}")
        return list(dict.fromkeys(texts))

    def reads_by_size(self) -> bool:
        return self.output_size is not None or self.align_corners or self.mode == "area"

    def undone(self, x: Shape, output: Shape) -> Undone | None:
        pairs = list(zip(x[1:], output[1:], strict=True))
        if any(large % small for small, large in pairs):
            return Undone((("adaptive_avg_pool", {"output_size": x[1:]}),))
        kernel = tuple(large // small for small, large in pairs)
        ratios = tuple(Fraction(small, large) for small, large in pairs)
        is_copied = self._neighbours == 1 and self._ratios(x, output[1:]) == ratios
        return Undone((("avg_pool", {"kernel_size": kernel}),), is_exact=is_copied)

    def torch(self, x: Shape) -> list[str] | None:
        beside = {
            "mode": unless(self.mode, "nearest"),
            "align_corners": unless(self.align_corners, False),
        }
        if self.output_size is not None:
            return [torch_call("Upsample", size=self.output(x)[1:], **beside)]
        factors = folded([number(factor) for factor in self._factors(len(x) - 1)])
        return [torch_call("Upsample", scale_factor=factors, **beside)]

    def keras(self, x: Shape) -> list[str] | None:
        rank = len(x) - 1
        if self.mode != "nearest":
            return None
        if self.output_size is None:
            factors = [number(factor) for factor in self._factors(rank)]
            is_whole = all(isinstance(factor, int) for factor in factors)
            return [keras_call(f"UpSampling{rank}D", folded(factors))] if is_whole else None
        size = self.output(x)[1:]
        if rank == 2:
            return [keras_call("Resizing", *size, interpolation="nearest")]
        axes = "one axis" if rank == 1 else "three axes"
        return [f"# Keras has no layer that resizes {axes} to {size}"]

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        # A cubic curve overshoots.
        return inputs[0] if self._neighbours <= 2 else EVERYTHING

    def hands_on(self, x: Shape) -> bool:
        output = self.output(x)
        return output == x and (self._averages or set(self._ratios(x, output[1:])) <= {1})

    def output(self, x: Shape) -> Shape:
        rank = spatial_rank(x, self.kind)
        ranks, _ = _MODES[self.mode]
        if self.output_size is not None:
            sizes = per_axis(self.output_size, rank, "output_size")
        else:
            sizes = tuple(map(_scaled, x[1:], self._factors(rank)))
        if rank not in ranks:
            raise LayerError(
                "wrong-rank",
                f"the mode `{self.mode}` is for {ranks[0]} spatial ax"
                f"{'i' if ranks[0] == 1 else 'e'}s, but the input has {rank}",
                field="mode",
                recovered=(x[0], *(max(1, size) for size in sizes)),
                repairs=[
                    *([{"mode": "nearest"}] if self.mode == "bicubic" else []),
                    {"mode": _LINEAR[rank]},
                ],
            )
        if min(sizes) < 1:
            raise LayerError(
                "size-out-of-range",
                f"the factor leaves no pixel of {'x'.join(map(str, x[1:]))}",
                "a larger one",
                field="scale_factor",
                repairs=[{"scale_factor": OnAxes(map(_of_one, x[1:], self._factors(rank)))}],
            )
        return (x[0], *sizes)

    def links(self, x: Shape) -> Links:
        wanted = self.output(x)[1:]
        if self._averages:
            return self._bins(wanted).links(x)
        ratios = self._ratios(x, wanted)
        places = list(zip(ratios, self._offsets(ratios), strict=True))
        if self._neighbours == 1:
            return tuple(nearest_link(ratio, offset) for ratio, offset in places)
        return tuple(resample_link(ratio, self._neighbours, offset) for ratio, offset in places)

    def is_linear(self) -> bool:
        return True

    def turns(self, inputs: tuple[Shape, ...]) -> tuple[Turn, ...]:
        (x,) = inputs
        if self._averages:
            return self._bins(self.output(x)[1:]).turns(inputs)
        if self.scale_factor is not None and not self.align_corners:
            return tuple(map(_factor_turn, x[1:], self._factors(len(x) - 1)))
        # Between corners there is one pixel less than there are.
        less = int(self.align_corners)
        return tuple(
            _ratio_turn(size, size - less, out - less)
            for size, out in zip(x[1:], self.output(x)[1:], strict=True)
        )

    def at_sizes(self, x: Shape, sizes: Shape) -> Kind:
        if self._averages:
            bins = self._bins(self.output(x)[1:]).at_sizes(x, sizes)
            return Upsample(output_size=bins.bins((x[0], *sizes)), mode=self.mode)
        if self.scale_factor is not None and not self.align_corners:
            return self
        less = int(self.align_corners)
        axes = zip(self.output(x)[1:], x[1:], sizes, strict=True)
        wanted = tuple(_in_proportion(out, old, new, less) for out, old, new in axes)
        return self.model_copy(update={"scale_factor": None, "output_size": wanted})

    def work(self, x: Shape, output: Shape) -> Work:
        if self._averages:
            return {"upsample": self._bins(output[1:]).work(x, output)["pool"]}
        return {"upsample": elements(output) * self._neighbours ** (len(x) - 1)}

    def kept(self, x: Shape, output: Shape) -> Kept:
        return self._bins(output[1:]).kept(x, output) if self._averages else super().kept(x, output)

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        shape = ops.shape(x)
        if self.output_size is not None:
            sizes = per_axis(self.output_size, len(shape) - 1, "output_size")
        else:
            sizes = ops.scaled_sizes(shape[1:], self._factors(len(shape) - 1))
        if self._averages:
            return self._bins(sizes).forward(ops, x, w)
        ratios = self._ratios(shape, sizes)
        return ops.resample(x, sizes, ratios, self._offsets(ratios), self._neighbours)

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        sizes = ops.shape(grad)[1:]
        if self._averages:
            return self._bins(sizes).backward(ops, grad, x, y, w)
        ratios = self._ratios(ops.shape(x), sizes)
        return ops.resample_gradient(grad, x, ratios, self._offsets(ratios), self._neighbours), {}

    def resolved(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        (x,) = inputs
        fields = super().resolved(inputs)
        del fields["scale_factor"]
        return fields | {"output_size": list(self.output(x)[1:])}

    def _factors(self, rank: int) -> tuple[Fraction, ...]:
        factors = self.scale_factor or (Fraction(1),)
        return per_axis(factors if len(factors) > 1 else factors[0], rank, "scale_factor")

    def _ratios(self, x: Shape, wanted: Shape) -> tuple[Fraction, ...]:
        """Input pixels from one output unit to the next, per axis; `wanted` is the new size."""
        sizes = zip(x[1:], wanted, strict=True)
        if self.align_corners:
            return tuple(_between_corners(i, o) for i, o in sizes)
        if self.scale_factor is None:
            return tuple(Fraction(i, o) for i, o in sizes)
        # PyTorch interpolates with the factor itself, not with the ratio of the rounded sizes; but
        # between two neighbours it copies an axis that keeps its size.
        return tuple(
            Fraction(1) if self._neighbours == 2 and i == o else 1 / factor
            for (i, o), factor in zip(sizes, self._factors(len(x) - 1), strict=True)
        )

    def _offsets(self, ratios: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
        """Where the first output unit stands, in input pixels, per axis."""
        if self._neighbours > 1:
            # Centre over centre, unless the corners are aligned.
            return tuple(Fraction(0) if self.align_corners else (r - 1) / 2 for r in ratios)
        return tuple(r / 2 if self.mode == "nearest-exact" else Fraction(0) for r in ratios)

    @property
    def _neighbours(self) -> int:
        return _MODES[self.mode][1]

    @property
    def _averages(self) -> bool:
        return self.mode == "area"

    def _bins(self, sizes: Shape) -> AdaptiveAvgPool:
        """What `area` is: the mean of each of so many bins."""
        return AdaptiveAvgPool(output_size=sizes)


def _between_corners(size: int, wanted: int) -> Fraction:
    """Input pixels from one output unit to the next where the outermost ones coincide.

    A single unit stands on the first of many pixels; one of one stays where it is.

    >>> _between_corners(3, 5), _between_corners(3, 1), _between_corners(1, 1)
    (Fraction(1, 2), Fraction(0, 1), Fraction(1, 1))
    """
    if wanted > 1:
        return Fraction(size - 1, wanted - 1)
    return Fraction(int(size == 1))


def _factor_turn(size: int, factor: Fraction) -> Turn:
    """Units lie as before after as many pixels as the factor's denominator."""
    return Turn(size, max(4, 2 * ceil(1 / factor)), 1, factor.denominator)


def _ratio_turn(size: int, before: int, after: int) -> Turn:
    """Units lie as before in a map that is to its output as `before` is to `after`."""
    if not after:
        # One unit, whatever there is to read.
        return Turn(size)
    if not before:
        # One pixel for all units: there is no ratio to keep.
        return Turn(size, period=0)
    step = before // gcd(before, after)
    return Turn(size, max(3, step), step, step)


def _in_proportion(out: int, old: int, new: int, less: int) -> int:
    """What stands to `new` as `out` to `old`, both counted without `less` of them."""
    if old == new:
        return out
    # One pixel of one stays where it is, as do all in a longer map.
    return (out - less) * (new - less) // (old - less) + less if old > less else new


def _of_one(size: int, factor: Fraction) -> Fraction:
    """The factor, or one that leaves a pixel: the smallest of at most two decimals."""
    return max(factor, Fraction(-(-100 // size), 100)) if size <= 100 else max(factor, Fraction(1))


def _scaled(size: int, factor: Fraction) -> int:
    """floor(size * factor), as PyTorch finds it.

    >>> _scaled(45, Fraction(2)), _scaled(45, Fraction("1.4"))
    (90, 62)
    """
    if factor.denominator == 1:
        return size * factor.numerator
    # PyTorch multiplies in double precision: 45 * 1.4 is 62.99..., hence 62 and not 63.
    return int(size * float(factor))


KIND = Upsample
