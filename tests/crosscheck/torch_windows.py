"""Layers with windows in torch: convolutions, pools and unfold, from the fields as drawn.

Where torch lacks a form (uneven padding, padding in words, one or three axes), the layer is put
together from operators that it has: a `pad` before, a crop after, a window by `Tensor.unfold`.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any, NamedTuple

import pytest

from tests.crosscheck.draws import Shape, spread, word_padding

torch = pytest.importorskip("torch", reason="cross-checks need the `crosscheck` extra")

from torch import Tensor, nn  # noqa: E402 - only where torch is installed
from torch.nn import functional as F  # noqa: E402

Forward = Callable[..., Tensor]


class Layer(NamedTuple):
    """What to call on the inputs, and the module that holds the parameters, if any."""

    forward: Forward
    module: nn.Module | None = None


def torch_values(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def sided(padding: Any) -> list[int] | None:
    """Uneven padding in `functional.pad`'s order (last axis first); None where it is even."""
    if not (isinstance(padding, list) and padding and isinstance(padding[0], list)):
        return None
    return [pixels for pair in reversed(padding) for pixels in pair]


def split_padding(
    fields: dict[str, Any], shape: Shape, own_words: tuple[str, ...] = ()
) -> tuple[list[int] | None, Any]:
    """(uneven padding for a `pad` before the layer, even padding for the layer itself)."""
    padding = fields.get("padding", 0)
    if isinstance(padding, str) and padding not in own_words:
        padding = word_padding(padding, fields, shape)
    before = sided(padding)
    if before is not None and all(first == last for first, last in padding):
        return None, tuple(first for first, _ in padding)
    return before, 0 if before else torch_values(padding)


def conv(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    before, padding = split_padding(fields, shape, ("same", "valid"))
    mode = fields.get("padding_mode", "zeros")
    module = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[rank - 1](
        shape[0],
        fields["out_channels"],
        torch_values(fields["kernel_size"]),
        torch_values(fields["stride"]),
        padding,
        torch_values(fields["dilation"]),
        shape[0] if fields["groups"] == "depthwise" else fields["groups"],
        fields["bias"],
        mode if before is None else "zeros",
    )
    if before is None:
        return Layer(module, module)
    filled = "constant" if mode == "zeros" else mode
    return Layer(lambda x: module(F.pad(x, before, filled)), module)


def conv_transpose(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    cut = sided(fields["padding"])
    module = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)[rank - 1](
        shape[0],
        fields["out_channels"],
        torch_values(fields["kernel_size"]),
        torch_values(fields["stride"]),
        0 if cut else torch_values(fields["padding"]),
        torch_values(fields.get("output_padding", 0)),
        shape[0] if fields["groups"] == "depthwise" else fields["groups"],
        fields["bias"],
        torch_values(fields["dilation"]),
    )
    wanted = fields.get("output_size")
    if cut is None:
        return Layer(lambda x: module(x, output_size=wanted), module)
    if wanted is not None:
        pairs = fields["padding"]
        wanted = [size + sum(pair) for size, pair in zip(wanted, pairs, strict=True)]
    return Layer(lambda x: F.pad(module(x, output_size=wanted), [-p for p in cut]), module)


def max_pool(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    before, padding = split_padding(fields, shape)
    if str(fields.get("padding")).startswith("same") and before is None:
        # A word of others than torch, whose limit is not meant.
        before, padding = [side for axis in reversed(padding) for side in (axis, axis)], 0
    pool = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[rank - 1]
    options = {
        "kernel_size": torch_values(fields["kernel_size"]),
        "stride": torch_values(fields.get("stride")),
        "padding": padding,
        "dilation": torch_values(fields["dilation"]),
        "ceil_mode": fields.get("ceil_mode", False),
    }
    return Layer(lambda x: pool(F.pad(x, before or [0, 0], value=-9.0), **options))


def is_dilated(fields: dict[str, Any], rank: int) -> bool:
    """True where taps of a window stand apart."""
    return any(d != 1 for d in spread(fields.get("dilation", 1), rank))


def _window_sums(fields: dict[str, Any], shape: Shape, rank: int) -> Forward:
    """Sums of dilated windows, `fill` in the padding, for the pools that torch lacks.

    Sizes are those of `max_pool`, which it has; the sums are those of a depthwise convolution.
    """
    pool = max_pool(fields, shape, rank).forward
    padding = fields.get("padding", 0)
    if isinstance(padding, str):
        padding = word_padding(padding, fields, shape)
    pairs = [p if isinstance(p, list) else [p, p] for p in spread(padding, rank)]
    kernel, strides = (
        spread(fields[n] if n in fields else fields["kernel_size"], rank)
        for n in ("kernel_size", "stride")
    )
    apart = spread(fields["dilation"], rank)
    convolve = (F.conv1d, F.conv2d, F.conv3d)[rank - 1]

    def sums(x: Tensor, fill: float = 0.0) -> Tensor:
        sizes = pool(torch.zeros(1, 1, *x.shape[2:])).shape[2:]
        x = F.pad(x, [pixels for pair in reversed(pairs) for pixels in pair], value=fill)
        # What a last window hangs over, rounded up.
        over = [n * s + k * d for n, s, k, d in zip(sizes, strides, kernel, apart, strict=True)]
        x = F.pad(x, [pixels for more in reversed(over) for pixels in (0, more)])
        ones = torch.ones(x.shape[1], 1, *kernel, dtype=x.dtype)
        y = convolve(x, ones, stride=strides, dilation=apart, groups=x.shape[1])
        for axis, size in enumerate(sizes, 2):
            y = y.narrow(axis, 0, size)
        return y

    return sums


def avg_pool(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    if is_dilated(fields, rank):
        sums = _window_sums(fields, shape, rank)
        divisor = fields.get("divisor_override")
        if divisor is not None and divisor < 1:
            raise ValueError("divisor must be not zero")
        counts_padding = float(fields.get("count_include_pad", True))

        def mean(x: Tensor) -> Tensor:
            taps = sums(torch.ones_like(x), counts_padding).clamp(min=1)
            return sums(x) / (divisor or taps)

        return Layer(mean)
    before, padding = split_padding(fields, shape)
    options = {
        "kernel_size": torch_values(fields["kernel_size"]),
        "stride": torch_values(fields.get("stride")),
        "padding": padding,
        "ceil_mode": fields.get("ceil_mode", False),
        "count_include_pad": fields.get("count_include_pad", True),
    }
    divisor = fields.get("divisor_override")
    if rank == 1 and divisor is not None:
        for name in ("kernel_size", "stride", "padding"):
            value = options[name]
            if value is not None:
                (only,) = value if isinstance(value, tuple) else (value,)
                options[name] = (1, only) if name != "padding" else (0, only)
        pool: Forward = lambda x: F.avg_pool2d(  # noqa: E731 - one of four pools
            x.unsqueeze(2), **options, divisor_override=divisor
        ).squeeze(2)
        return Layer(lambda x: pool(F.pad(x, before or [0, 0])))
    if rank > 1:
        options["divisor_override"] = divisor
    known = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[rank - 1]
    return Layer(lambda x: known(F.pad(x, before or [0, 0]), **options))


def lp_pool(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    if is_dilated(fields, rank) or fields.get("padding", 0) != 0:
        sums, p = _window_sums(fields, shape, rank), fields["norm_type"]
        taps = prod(spread(fields["kernel_size"], rank))

        def norm(x: Tensor) -> Tensor:
            # As torch writes it, so that the gradient of a sum of 0 is 0.
            mean = sums(x**p) / sums(torch.ones_like(x), 1.0)
            return (torch.sign(mean) * F.relu(torch.abs(mean)) * taps) ** (1 / p)

        return Layer(norm)
    pool = (F.lp_pool1d, F.lp_pool2d, F.lp_pool3d)[rank - 1]
    kernel, stride = torch_values(fields["kernel_size"]), torch_values(fields.get("stride"))
    if rank == 1:
        # Only lp_pool1d does not open a tuple of one.
        kernel, stride = (
            v[0] if isinstance(v, tuple) and len(v) == 1 else v for v in (kernel, stride)
        )
    ceil_mode = fields.get("ceil_mode", False)
    return Layer(lambda x: pool(x, fields["norm_type"], kernel, stride, ceil_mode))


def unfold(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    names = ("kernel_size", "dilation", "padding", "stride")
    kernel, dilation, padding, stride = (torch_values(fields[name]) for name in names)
    before = sided(fields["padding"])
    if rank == 2:
        inner = 0 if before else padding
        return Layer(
            lambda x: F.unfold(F.pad(x, before or [0, 0]), kernel, dilation, inner, stride)
        )
    for value in (kernel, dilation, padding, stride):
        if isinstance(value, tuple) and len(value) != rank:
            raise ValueError("one value an axis")
    if before is None:
        before = [p for pixels in reversed(spread(fields["padding"], rank)) for p in (pixels,) * 2]
    if min(before) < 0:
        raise ValueError("padding should be non-negative")
    return Layer(lambda x: _windows(F.pad(x, before), fields, rank))


def fold(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    """torch's own on two axes with even padding, else the gradient of `unfold`."""
    if rank != 1:
        raise ValueError("columns")
    sizes = tuple(fields["output_size"])
    taps = prod(spread(fields["kernel_size"], len(sizes)))
    if taps < 1 or shape[0] % taps:
        raise ValueError("whole windows")
    names = ("kernel_size", "dilation", "padding", "stride")
    if len(sizes) == 2 and sided(fields["padding"]) is None:
        values = [torch_values(fields[name]) for name in names]
        return Layer(lambda x: F.fold(x, sizes, *values))
    over = (shape[0] // taps, *sizes)
    reads = unfold(fields, over, len(sizes)).forward

    def forward(x: Tensor) -> Tensor:
        blank = torch.zeros(len(x), *over, dtype=x.dtype, requires_grad=True)
        with torch.enable_grad():
            columns = reads(blank)
            if columns.shape != x.shape:
                raise ValueError("other columns")
            (y,) = torch.autograd.grad(columns, blank, x, create_graph=True)
        return y

    return Layer(forward)


def max_unpool(fields: dict[str, Any], inputs: tuple[Shape, ...]) -> Layer:
    """torch's pool with its indices, then its unpooling."""
    rank = len(inputs[1]) - 1
    before, padding = split_padding(fields, inputs[1])
    kernel = torch_values(fields["kernel_size"])
    stride = torch_values(fields.get("stride"))
    pool = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[rank - 1]
    undo = (F.max_unpool1d, F.max_unpool2d, F.max_unpool3d)[rank - 1]
    strides = spread(fields.get("stride", fields["kernel_size"]), rank)
    kernels = spread(fields["kernel_size"], rank)
    if any(k > s for k, s in zip(kernels, strides, strict=True)):
        raise ValueError("torch says that repeated indices are ambiguous")

    def forward(values: Tensor, source: Tensor) -> Tensor:
        padded = F.pad(source, before or [0, 0], value=float("-inf"))
        pooled, indices = pool(padded, kernel, stride, padding, return_indices=True)
        if pooled.shape != values.shape:
            raise ValueError("other windows")
        flat = torch.zeros(*padded.shape[:2], prod(padded.shape[2:]), dtype=values.dtype)
        if before is None and padding == 0:
            return undo(values, indices, kernel, stride, 0, output_size=padded.shape[2:])
        # torch wants sizes near those that it would guess; the indices say it all.
        flat = flat.scatter(2, indices.flatten(2), values.flatten(2))
        whole = flat.unflatten(2, padded.shape[2:])
        return F.pad(whole, [-p for p in before]) if before else whole

    return Layer(forward)


class DeformConv(nn.Module):  # type: ignore[misc]
    """torchvision's `deform_conv2d` in plain torch: its sampling, then a product a tap."""

    def __init__(self, fields: dict[str, Any], inputs: tuple[Shape, ...]) -> None:
        super().__init__()
        x, offsets = inputs[:2]
        if len(x) != 3:
            raise ValueError("two axes")
        self.before, even = split_padding(fields, x)
        like = nn.Conv2d(
            x[0],
            fields["out_channels"],
            torch_values(fields["kernel_size"]),
            torch_values(fields["stride"]),
            even,
            torch_values(fields["dilation"]),
            fields["groups"],
            fields.get("bias", True),
        )
        # Where its windows stand, and whether they fit.
        places = like(F.pad(torch.zeros(1, *x), self.before or [0, 0])).shape[2:]
        self.weight, self.bias, self.like = like.weight, like.bias, [like]
        taps = prod(like.kernel_size)
        self.parts = offsets[0] // (2 * taps)
        if offsets != (2 * self.parts * taps, *places) or x[0] % self.parts:
            raise ValueError("other offsets")
        if len(inputs) > 2 and inputs[2] != (self.parts * taps, *places):
            raise ValueError("another mask")

    def forward(self, x: Tensor, offsets: Tensor, mask: Tensor | None = None) -> Tensor:
        (like,) = self.like
        before = self.before or [0, 0, 0, 0]
        pads = (like.padding[0] + before[2], like.padding[1] + before[0])
        kernel, places = like.kernel_size, offsets.shape[2:]
        moved = offsets.unflatten(1, (self.parts, prod(kernel), 2))
        read = []
        for tap in range(prod(kernel)):
            at = []
            for axis, j in enumerate(divmod(tap, kernel[1])):
                grid = torch.arange(places[axis], dtype=x.dtype) * like.stride[axis] - pads[axis]
                grid = grid + j * like.dilation[axis]
                view = grid[:, None] if axis == 0 else grid[None, :]
                at.append(moved[:, :, tap, axis] + view)
            own = self.between(x, *at)
            if mask is not None:
                own = own * mask.unflatten(1, (self.parts, -1))[:, :, tap, None]
            read.append(own.flatten(1, 2))
        columns = torch.stack(read, 2).unflatten(1, (like.groups, -1))
        filters = self.weight.flatten(2).unflatten(0, (like.groups, -1))
        y = torch.einsum("ngckhw,gock->ngohw", columns, filters).flatten(1, 2)
        return y if self.bias is None else y + self.bias[:, None, None]

    def between(self, x: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
        """(N, parts, C / parts, H, W): zeros outside of the map."""
        height, width = x.shape[2:]
        flat = x.unflatten(1, (self.parts, -1)).flatten(3)
        top, left = rows.detach().floor(), columns.detach().floor()
        total = torch.zeros(1, dtype=x.dtype)
        for down in (0, 1):
            for right in (0, 1):
                y, z = top + down, left + right
                # At a whole number the slope is that towards the next pixel, as torchvision has it.
                down_by, right_by = rows - top, columns - left
                share = (down_by if down else 1 - down_by) * (right_by if right else 1 - right_by)
                held = (y >= 0) & (y < height) & (z >= 0) & (z < width)
                index = (y.clamp(0, height - 1) * width + z.clamp(0, width - 1)).long()
                index = index.flatten(2)[:, :, None].expand(-1, -1, flat.shape[2], -1)
                pixel = flat.gather(3, index).unflatten(3, rows.shape[2:])
                total = total + pixel * (share * held)[:, :, None]
        return total


def deform_conv(fields: dict[str, Any], inputs: tuple[Shape, ...]) -> Layer:
    module = DeformConv(fields, inputs)
    return Layer(module, module)


def _windows(x: Tensor, fields: dict[str, Any], rank: int) -> Tensor:
    for axis in range(rank):
        k, s, d = (
            spread(fields[name], rank)[axis] for name in ("kernel_size", "stride", "dilation")
        )
        x = x.unfold(2 + axis, (k - 1) * d + 1, s)[..., ::d]
    x = x.movedim(tuple(range(2, 2 + rank)), tuple(range(-rank, 0)))
    return x.flatten(-rank).flatten(1, -2)
