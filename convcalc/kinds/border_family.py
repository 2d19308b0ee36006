"""Layers that add or cut borders: `pad` and `crop`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from convcalc.core.errors import LayerError, OnAxes
from convcalc.core.shapes import Shape, Window, axis_name
from convcalc.kinds.base import Kept, Kind, LayerKind, Work
from convcalc.kinds.base.checks import spatial_rank
from convcalc.kinds.base.code_lines import keras_border, torch_border
from convcalc.kinds.base.field_values import PerAxisValue
from convcalc.kinds.base.fields import Number, NumericPadding, described, per_axis
from convcalc.kinds.base.likeness import wanted_sizes
from convcalc.kinds.base.ranges import Range, hull
from convcalc.kinds.base.undoing import Undone
from convcalc.kinds.base.windowing import sides
from convcalc.kinds.conv import check_padding_mode

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights

PadMode = Literal["zeros", "constant", "reflect", "replicate", "circular"]


class Border(LayerKind):
    """A shift of the map's borders, without work."""

    main: ClassVar[str] = "padding"

    def stays_in_channel(self) -> bool:
        return True

    is_spatial: ClassVar[bool] = True

    # How it is written before the pixels of each side.
    sign: ClassVar[str] = "+"

    def sums(self, x: Shape, output: Shape) -> list[str]:
        texts = [
            f"{size} {self.sign} {before} {self.sign} {after} = {out}"
            for size, (before, after), out in zip(x[1:], self.amounts(x), output[1:], strict=True)
        ]
        return list(dict.fromkeys(texts))

    def amounts(self, x: Shape) -> list[tuple[int, int]]:
        """Pixels added or cut (before, after) on each axis."""
        return [(abs(window.before), abs(window.after)) for window in self.windows(x)]

    def hands_on(self, x: Shape) -> bool:
        return not any(window.before or window.after for window in self.windows(x))

    def sides(self, ops: Ops, x: Array) -> list[tuple[int, int]]:
        """Pixels added before and after on each axis; negative ones are cut."""
        return [(window.before, window.after) for window in self.windows(ops.shape(x))]

    def values_beside(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        # What is padded is the output itself.
        return 0

    def work(self, x: Shape, output: Shape) -> Work:
        return {}

    def output(self, x: Shape) -> Shape:
        spatial_rank(x, self.kind)
        windows = self.windows(x)
        grown = (
            size + window.before + window.after for size, window in zip(x[1:], windows, strict=True)
        )
        return (x[0], *grown)

    def resolved(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        (x,) = inputs
        padding = getattr(self, "padding")  # noqa: B009 - each kind documents its own
        return super().resolved(inputs) | {"padding": [list(s) for s in sides(padding, len(x) - 1)]}


_TORCH_PADS = {
    "zeros": "ZeroPad",
    "constant": "ConstantPad",
    "reflect": "ReflectionPad",
    "replicate": "ReplicationPad",
    "circular": "CircularPad",
}


class Pad(Border):
    """Pixels added around the map.

    Modes: `zeros`, `constant` (with `value`), `reflect` (the border itself not repeated; at most
    i - 1), `replicate`, `circular` (at most i). Source: PyTorch's functional.pad.

    ```yaml
    convcalc: 1
    input: [3, 64, 64]
    layers:
      - pad: {p: 3, mode: reflect}
      - pad: {p: [[0, 1], [0, 1]]}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("zeropad", "zeropadding")
    variants: ClassVar[Mapping[str, str]] = {
        "reflectionpad": "mode: reflect",
        "replicationpad": "mode: replicate",
        "circularpad": "mode: circular",
        "constantpad": "mode: constant",
    }
    padding: NumericPadding = described("Pixels to add: a number, one an axis, or pairs.")
    mode: PadMode = described("What stands in the new pixels.", "zeros")
    value: Number = described("The number that `constant` writes.", 0)

    def is_linear(self) -> bool:
        return self.mode != "constant" or self.value == 0

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return tuple(Window(1, 1, *pair) for pair in sides(self.padding, len(x) - 1))

    def folding(self) -> str:
        return "" if self.mode in ("zeros", "constant") else self.mode

    def undone(self, x: Shape, output: Shape) -> Undone | None:
        return Undone(((Crop.kind, {"padding": tuple(self.amounts(x))}),), is_exact=True)

    def torch(self, x: Shape) -> list[str] | None:
        name = _TORCH_PADS[self.mode]
        written = (float(self.value),) if self.mode == "constant" else ()
        return torch_border(name, self.amounts(x), *written)

    def keras(self, x: Shape) -> list[str] | None:
        return keras_border("ZeroPadding", self.amounts(x)) if self.mode == "zeros" else None

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        if self.mode not in ("zeros", "constant"):
            return inputs[0]
        written = float(self.value) if self.mode == "constant" else 0.0
        return hull(inputs[0], (written, written))

    def kept(self, x: Shape, output: Shape) -> Kept:
        # PyTorch's backward passes of these two ask the input for its shape.
        return Kept(inputs=self.mode in ("reflect", "replicate"))

    def output(self, x: Shape) -> Shape:
        output = super().output(x)
        if self.mode in ("reflect", "circular"):
            check_padding_mode(self.mode, x, self.windows(x), "mode", output)
        return output

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        value = float(self.value) if self.mode == "constant" else 0.0
        return ops.pad(x, self.sides(ops, x), self.mode, value)

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        return ops.unpad(grad, self.sides(ops, x), self.mode), {}


class Crop(Border):
    """Pixels cut from the map's borders, so many, or to the size of another layer's map.

    `like` cuts `offset` pixels before, and after them what is too many; without an offset it cuts
    centrally, the odd pixel after. Source: Long et al. 2015 for the offset of 19.

    ```yaml
    convcalc: 1
    input: [64, 64, 64]
    layers:
      - crop: 4
      - {crop: {p: [[0, 1], [0, 0]]}, name: small}
      - {crop: {like: small, offset: 3}, from: input}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("centercrop", "cropping")
    padding: NumericPadding = described("Pixels to cut: a number, one an axis, or pairs.")

    likes: ClassVar[Mapping[str, str]] = {
        "like": "The layer whose map is left over, in place of `padding`.",
        "offset": "Pixels cut before, with `like`: a number, or one an axis; ~ cuts centrally.",
    }
    liked: ClassVar[tuple[str, ...]] = ("padding",)
    sign: ClassVar[str] = "−"

    @classmethod
    def fitted(cls, x: Shape, like: Shape, offset: PerAxisValue | None = None) -> dict[str, object]:
        sizes = wanted_sizes(x, like)
        rank = len(sizes)
        before: tuple[int | None, ...] = (None,) * rank
        if offset is not None:
            before = per_axis(offset, rank, "offset")
        starts = [
            max(0, size - left) // 2 if cut is None else cut
            for size, left, cut in zip(x[1:], sizes, before, strict=True)
        ]
        pairs = [
            (start, size - left - start)
            for size, left, start in zip(x[1:], sizes, starts, strict=True)
        ]
        if min(after for _, after in pairs) < 0:
            raise _too_small(x[1:], sizes, starts)
        return {"padding": tuple(pairs)}

    def undone(self, x: Shape, output: Shape) -> Undone | None:
        return Undone(((Pad.kind, {"padding": tuple(self.amounts(x))}),))

    def torch(self, x: Shape) -> list[str] | None:
        return torch_border("ZeroPad", self.amounts(x), sign=-1)

    def keras(self, x: Shape) -> list[str] | None:
        return keras_border("Cropping", self.amounts(x))

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return inputs[0]

    def is_linear(self) -> bool:
        return True

    def windows(self, x: Shape) -> tuple[Window, ...]:
        pairs = sides(self.padding, len(x) - 1)
        return tuple(Window(1, 1, -before, -after) for before, after in pairs)

    def output(self, x: Shape) -> Shape:
        output = super().output(x)
        for axis, (size, left) in enumerate(zip(x[1:], output[1:], strict=True)):
            if left < 1:
                name = axis_name(axis, len(x) - 1)
                raise LayerError(
                    "size-out-of-range",
                    f"cutting {size - left} of {size} pixels{' on the ' + name if name else ''} "
                    "leaves none",
                    "less",
                    field="padding",
                    repairs=[{"padding": OnAxes(map(_one_left, x[1:], self.windows(x)))}],
                )
        return output

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return ops.pad(x, self.sides(ops, x))

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        return ops.unpad(grad, self.sides(ops, x), "zeros"), {}


def _too_small(sizes: Shape, left: Shape, offsets: Sequence[int]) -> LayerError:
    """A map that is smaller than what is to be left of it."""
    rank = len(sizes)
    short = [
        f"{size} pixels{f' on the {name}' if name else ''} are less than {keep} + {offset}"
        for axis, (size, keep, offset) in enumerate(zip(sizes, left, offsets, strict=True))
        for name in [axis_name(axis, rank)]
        if size < keep + offset
    ]
    room = min(size - keep for size, keep in zip(sizes, left, strict=True))
    help = "name a layer of a smaller map, or pad more in the layers before"
    if room >= 0:
        help = f"use `offset: {room}`{' or less' if room else ''}"
    field = "offset" if room >= 0 else "like"
    return LayerError("size-out-of-range", "; ".join(short), help, field=field)


def _one_left(size: int, window: Window) -> tuple[int, int]:
    """What may be cut before and after: evenly where it was even, so that a pixel is left."""
    before, after = -window.before, -window.after
    if before + after < size:
        return before, after
    if before == after:
        return (size - 1) // 2, (size - 1) // 2
    before = min(before, size - 1)
    return before, min(after, size - 1 - before)


MEMBERS: tuple[type[Kind], ...] = (Pad, Crop)
