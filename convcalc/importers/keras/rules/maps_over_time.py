"""Recurrences whose products are convolutions: their figures, which are known."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from convcalc.importers.keras.layer import Layer
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.values import Value
from convcalc.importers.tensor_views import View


def over_maps(rank: int) -> Callable[..., list[View]]:
    """An LSTM whose products are convolutions: its shape and figures."""

    def rule(layer: Layer, x: Value, initial_state: object = None, **_: object) -> list[View]:
        view = layer.view(x)
        if len(view.axes) != rank + 3 or layer.is_channels_first:
            raise NoRuleError(f"its input has {len(view.axes)} axes")
        batch, steps, *sizes, channels = view.dims
        kernel = layer.sizes("kernel_size", rank=rank)
        strides = layer.sizes("strides", rank=rank, default=1)
        filters, word = layer.whole("filters"), layer.word("padding", default="valid")
        if word == "same":
            space = [-(-size // step) for size, step in zip(sizes, strides, strict=True)]
        else:
            pairs = zip(sizes, kernel, strides, strict=True)
            space = [(size - taps) // step + 1 for size, taps, step in pairs]
        if min(space) < 1 or layer.sizes("dilation_rate", rank=rank, default=1) != (1,) * rank:
            raise NoRuleError("its windows do not fit, or are dilated")
        reads = prod(kernel) * 4 * filters * (channels + filters)
        biased = 4 * filters * layer.flag("use_bias", default=True)
        returns = layer.flag("return_sequences", default=False)
        dims = (batch, *([steps] if returns else []), *space, filters)
        macs = steps * prod(space) * reads
        read = [view, *layer.views(initial_state)]
        return [layer.opaque(dims, read, "an LSTM over maps", reads + biased, macs)]

    return rule


RULES: dict[str, Callable[..., object]] = {f"ConvLSTM{n}D": over_maps(n) for n in (1, 2, 3)}
