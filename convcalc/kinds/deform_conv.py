"""Convolution whose taps are moved by numbers that the network finds itself."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape, Window, elements, format_shape
from convcalc.kinds.base import POINTWISE_LINKS, Flow, Keeps, Links, MergeKind, Work
from convcalc.kinds.base.checks import divisible_both, recovering
from convcalc.kinds.base.copies import Turn
from convcalc.kinds.base.fields import (
    Count,
    Flag,
    Kernel,
    Names,
    Padding,
    PerAxis,
    axes_in_words,
    described,
)
from convcalc.kinds.base.windowing import kernel_volume, positions, resolve_windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcalc.arrays.ops import Array, Ops, Weights

CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))


class DeformConv(MergeKind):
    """A convolution that reads each tap where an offset moves it, between four pixels.

    `inputs` are the map, the offsets [2 G k_h k_w, H, W] at the positions of the output (rows
    before columns, tap by tap), and optionally a mask [G k_h k_w, H, W] that each tap is multiplied
    by. G groups of channels have offsets of their own; how many, the offsets say. What lies outside
    of the map is 0. Weights and MACs are those of `conv`. Work: 4 for each number that is read
    between pixels, in the class of upsampling, and 1 with a mask, in that of merges. An offset may
    point anywhere, so that a unit sees all of the map at most.
    Source: Dai et al. 2017, Zhu et al. 2019; torchvision's DeformConv2d.

    ```yaml
    convcalc: 1
    input: [64, 56, 56]
    layers:
      - {conv: {out: 18, k: 3, p: 1}, name: offsets}
      - {deform_conv: {inputs: [input, offsets], out: 128, k: 3, p: 1}, name: moved}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("deformableconv", "dcn")
    main: ClassVar[str] = "inputs"
    keeps: ClassVar[Keeps] = "input"

    inputs: Names = described("The map, its offsets and, if there is one, the mask.")
    out_channels: Count = described("Number of filters.")
    kernel_size: Kernel = described("Pixels of the kernel on each axis.")
    stride: PerAxis = described("Pixels from one position to the next.", 1)
    padding: Padding = described("Zeros added around the map.", 0)
    dilation: PerAxis = described("Pixels from one tap to the next, before it is moved.", 1)
    groups: Count = described("Groups of channels that do not mix.", 1)
    bias: Flag = described("Add one learnt number to each filter.", True)

    def output_of(self, inputs: tuple[Shape, ...]) -> Shape:
        x = inputs[0]
        if len(inputs) not in (2, 3):
            raise LayerError(
                "wrong-value",
                f"{self.kind} reads a map, offsets and perhaps a mask, got {len(inputs)} inputs",
                "name two layers or three, as in `inputs: [map, offsets]`",
                field="inputs",
                recovered=x,
            )
        if len(x) != 3:
            raise LayerError(
                "wrong-rank",
                f"{self.kind} works on two spatial axes, but {format_shape(x)} has "
                f"{axes_in_words(len(x) - 1)}",
                "give it a map [C, H, W]",
                recovered=x,
            )
        windows = self._windows(x)
        output = (self.out_channels, *positions(x, windows))
        taps = kernel_volume(windows)
        with recovering(output):
            divisible_both(x[0], self.out_channels, self.groups)
            self._check_beside(x, inputs[1:], output[1:], taps)
        return output

    def _check_beside(self, x: Shape, beside: tuple[Shape, ...], places: Shape, taps: int) -> None:
        offsets = beside[0]
        groups = offsets[0] // (2 * taps)
        if offsets[0] % (2 * taps) or x[0] % groups:
            raise LayerError(
                "groups-indivisible",
                f"offsets of {offsets[0]} channels are no 2 x {taps} for each of some groups of "
                f"the {x[0]} channels",
                f"give the layer that finds them {2 * taps} channels",
                field="inputs",
            )
        wanted = ((offsets[0], *places), (groups * taps, *places))
        for name, shape, right in zip(("offsets", "mask"), beside, wanted, strict=False):
            if shape != right:
                raise LayerError(
                    "merge-size-mismatch",
                    f"the {name} {format_shape(shape)} would have to be {format_shape(right)}",
                    f"find the {name} with the same kernel, stride and padding",
                    field="inputs",
                )

    def _windows(self, x: Shape) -> tuple[Window, ...]:
        return resolve_windows(x, self.kernel_size, self.stride, self.padding, self.dilation)

    def adds_bias(self) -> bool:
        return self.bias

    def turns(self, inputs: tuple[Shape, ...]) -> tuple[Turn, ...]:
        # One map has to fit the other.
        return ()

    def renames_positions(self, inputs: tuple[Shape, ...]) -> bool:
        return True

    def links_of(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Links, ...]:
        return (None, *(POINTWISE_LINKS[2],) * (len(inputs) - 1))

    def flow_of(self, inputs: tuple[Shape, ...]) -> Flow:
        return Flow("unfollowed")

    def weights_of(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        x = inputs[0]
        kernel = tuple(window.kernel for window in self._windows(x))
        found: dict[str, Shape] = {"weight": (self.out_channels, x[0] // self.groups, *kernel)}
        return found | ({"bias": (self.out_channels,)} if self.bias else {})

    def macs_of(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        return prod(self.weights_of(inputs)["weight"]) * prod(output[1:])

    def work_of(self, inputs: tuple[Shape, ...], output: Shape) -> Work:
        x = inputs[0]
        read = x[0] * kernel_volume(self._windows(x)) * prod(output[1:])
        return {
            "bias": elements(output) if self.bias else 0,
            "upsample": len(CORNERS) * read,
            "merge": read if len(inputs) > 2 else 0,
        }

    def values_beside(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        # What one tap reads, a corner of it, and their products; doubles beside singles.
        read = inputs[0][0] * prod(output[1:])
        return 8 * read + 3 * elements(output) + super().values_beside(inputs, output)

    def resolved(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        windows = self._windows(inputs[0])
        return super().resolved(inputs) | {
            "kernel_size": [window.kernel for window in windows],
            "stride": [window.stride for window in windows],
            "padding": [[window.before, window.after] for window in windows],
            "dilation": [window.dilation for window in windows],
        }

    def run(self, ops: Ops, inputs: tuple[Array, ...], weights: Weights) -> Array:
        total = None
        for tap in self._taps(ops, inputs):
            rows = self._by_group(tap.read(ops))
            part = ops.dot(rows, self._matrix(weights, tap).swapaxes(1, 2))
            total = part if total is None else total + part
        assert total is not None
        y = self._joined(total, inputs[1])
        return y + weights["bias"] if self.bias else y

    def gradients(
        self,
        ops: Ops,
        grad: Array,
        inputs: tuple[Array, ...],
        output: Array,
        weights: Weights,
    ) -> tuple[tuple[Array, ...], dict[str, Array]]:
        found = tuple(ops.np.zeros(x.shape, x.dtype) for x in inputs)
        to_weight = ops.np.zeros_like(weights["weight"])
        grads = self._by_group(grad)
        for tap in self._taps(ops, inputs):
            own = ops.dot(grads.swapaxes(1, 2), self._by_group(tap.read(ops)))
            to_weight[(..., *tap.place)] = own.reshape(to_weight.shape[:2])
            tap.spread(
                ops, self._joined(ops.dot(grads, self._matrix(weights, tap)), inputs[1]), found
            )
        learnt = {"weight": to_weight}
        if self.bias:
            learnt["bias"] = ops.channel_sum(grad)
        return found, learnt

    def _taps(self, ops: Ops, inputs: tuple[Array, ...]) -> Iterator[Tap]:
        windows = self._windows(ops.shape(inputs[0]))
        rows, columns = windows
        for number in range(kernel_volume(windows)):
            yield Tap(divmod(number, columns.kernel), number, rows, columns, inputs)

    def _matrix(self, weights: Weights, tap: Tap) -> Array:
        """The weights of one tap by group: (g, out / g, cin / g)."""
        matrix = weights["weight"][(..., *tap.place)]
        return matrix.reshape(self.groups, -1, matrix.shape[1])

    def _by_group(self, x: Array) -> Array:
        """(N, H, W, C) as (g, N * H * W, C / g)."""
        return x.reshape(-1, self.groups, x.shape[-1] // self.groups).swapaxes(0, 1)

    def _joined(self, x: Array, like: Array) -> Array:
        """(g, N * H * W, C / g) as (N, H, W, C)."""
        return x.swapaxes(0, 1).reshape(*like.shape[:-1], -1)


class Tap(NamedTuple):
    """One tap of the kernel: where it reads at each position, and what."""

    place: tuple[int, int]
    number: int
    rows: Window
    columns: Window
    inputs: tuple[Array, ...]

    def read(self, ops: Ops) -> Array:
        """What it reads (N, H, W, C), times the mask."""
        x = self._between(ops)
        if len(self.inputs) > 2:
            x = x * self._mask()[..., None]
        return x.reshape(*x.shape[:3], -1)

    def spread(self, ops: Ops, grad: Array, found: tuple[Array, ...]) -> None:
        """Adds to the gradients of the inputs what that of `read` says."""
        groups = self._groups()
        grad = grad.reshape(*grad.shape[:3], groups, -1)
        if len(self.inputs) > 2:
            found[2][..., self.number :: self._count()] += (grad * self._between(ops)).sum(axis=-1)
            grad = grad * self._mask()[..., None]
        x = found[0].reshape(len(found[0]), -1, groups, found[0].shape[-1] // groups)
        for corner in CORNERS:
            at, share, slopes, values = self._corner(ops, corner)
            ops.np.add.at(x, at, (grad * share[..., None]).astype(x.dtype))
            along = (grad * values).sum(axis=-1)
            for axis, slope in enumerate(slopes):
                first = 2 * self.number + axis
                found[1][..., first :: 2 * self._count()] += along * slope

    def _between(self, ops: Ops) -> Array:
        """What lies at the moved places, between four pixels: (N, H, W, G, C / G)."""
        total = None
        for corner in CORNERS:
            _, share, _, values = self._corner(ops, corner)
            # A pixel of share 0 is not read: 0 times NaN is NaN.
            part = ops.np.where(share[..., None] == 0, 0, values * share[..., None])
            total = part if total is None else total + part
        assert total is not None
        whole: Array = total.astype(self.inputs[0].dtype)
        return whole

    def _corner(
        self, ops: Ops, corner: tuple[int, int]
    ) -> tuple[Any, Array, tuple[Array, Array], Array]:
        """One of the four pixels: its index, share, the share's slopes by row and column, value."""
        x, groups = self.inputs[0], self._groups()
        whole, shares, slopes = [], [], []
        inside = None
        for axis, (side, window) in enumerate(zip(corner, (self.rows, self.columns), strict=True)):
            at = self._at(ops, axis, window)
            low = ops.np.floor(at)
            pixel = low + side
            size = x.shape[1 + axis]
            held = (pixel >= 0) & (pixel < size)
            inside = held if inside is None else inside & held
            # Of an offset that is no number the share is none either, wherever that reads.
            near = ops.np.where(ops.np.isnan(pixel), 0, ops.np.clip(pixel, 0, size - 1))
            whole.append(near.astype(int))
            shares.append(at - low if side else 1 - (at - low))
            slopes.append(1.0 if side else -1.0)
        assert inside is not None
        split = x.reshape(len(x), -1, groups, x.shape[-1] // groups)
        samples = ops.np.arange(len(x)).reshape(-1, 1, 1, 1)
        index = (samples, whole[0] * x.shape[2] + whole[1], ops.np.arange(groups))
        own = (slopes[0] * shares[1] * inside, slopes[1] * shares[0] * inside)
        return index, shares[0] * shares[1] * inside, own, split[index]

    def _at(self, ops: Ops, axis: int, window: Window) -> Array:
        """Where it reads along an axis: (N, H, W, G), in pixels of the map."""
        offsets = self.inputs[1][..., 2 * self.number + axis :: 2 * self._count()]
        first = self.place[axis] * window.dilation - window.before
        grid = ops.np.arange(offsets.shape[1 + axis]) * window.stride + first
        shape = [1] * 4
        shape[1 + axis] = -1
        moved: Array = grid.reshape(shape) + offsets.astype("float64")
        return moved

    def _mask(self) -> Array:
        return self.inputs[2][..., self.number :: self._count()]

    def _count(self) -> int:
        """Taps of the kernel."""
        return self.rows.kernel * self.columns.kernel

    def _groups(self) -> int:
        """Groups of channels with offsets of their own."""
        channels: int = self.inputs[1].shape[-1]
        return channels // (2 * self._count())


KIND = DeformConv
