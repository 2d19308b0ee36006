"""Normalisation: `batch_norm`, `instance_norm`, `group_norm`, `layer_norm`, `local_response_norm`.

Work: 2 per element, the folded scale and shift. All but `batch_norm` and `local_response_norm`
take their statistics from the sample itself, so over spatial axes every output sees all of it.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from convcalc.errors import LayerError
from convcalc.kinds.base import (
    Kept,
    Kind,
    LayerKind,
    Work,
    divisible,
    spatial_rank,
)
from convcalc.kinds.fields import Count, Flag, described
from convcalc.shapes import Shape, elements, format_shape

Over = Literal["all", "channels"]


class Norm(LayerKind):
    """Scale and shift by statistics, then by learnt numbers where `affine`."""

    def learnt_shape(self, x: Shape) -> Shape:
        """Shape of the learnt scale, and of the learnt shift."""
        return (x[0],)

    def weights(self, x: Shape) -> dict[str, Shape]:
        if not getattr(self, "affine", False):
            return {}
        return {"weight": self.learnt_shape(x), "bias": self.learnt_shape(x)}

    def work(self, x: Shape, output: Shape) -> Work:
        return {"norm": 2 * elements(output)}


class BatchNorm(Norm):
    """Normalise every channel by its mean and variance over the training set.

    Learnt: 2 a channel where `affine`. Buffers: the running mean and variance, 2 a channel.
    At inference it is a fixed scale and shift, so it sees one position only.
    Source: Ioffe & Szegedy 2015; PyTorch's BatchNorm1d, 2d, 3d.

    ```yaml
    convcalc: 1
    input: [64, 56, 56]
    layers:
      - batch_norm
      - batch_norm: {affine: false}
    ```
    """

    affine: Flag = described("Learn a scale and a shift for each channel.", True)

    def buffers(self, x: Shape) -> dict[str, Shape]:
        return {"running_mean": (x[0],), "running_var": (x[0],)}

    def kept(self, x: Shape, output: Shape) -> Kept:
        # The mean and deviation of the batch.
        return Kept(inputs=True, values_once=2 * x[0])


class InstanceNorm(Norm):
    """Normalise every channel by its mean and variance over the sample's own map.

    Learnt: 2 a channel where `affine`. A map of one position is refused: less its own mean,
    nothing is left of it. Source: Ulyanov et al. 2016; PyTorch's InstanceNorm.

    ```yaml
    convcalc: 1
    input: [64, 56, 56]
    layers:
      - instance_norm: {affine: true}
    ```
    """

    affine: Flag = described("Learn a scale and a shift for each channel.", False)

    def output(self, x: Shape) -> Shape:
        spatial_rank(x, self.kind)
        if elements(x) == x[0]:
            raise LayerError(
                "size-out-of-range",
                f"instance_norm takes its mean over the map, but {format_shape(x)} has one "
                "position: every input would give the same result",
                "put it where the map is larger, or use `group_norm`",
                recovered=x,
            )
        return x

    def sees_all(self, x: Shape) -> bool:
        return True

    def kept(self, x: Shape, output: Shape) -> Kept:
        # Mean and deviation a channel; PyTorch also repeats the scale for each sample.
        return Kept(inputs=True, values=(3 if self.affine else 2) * x[0])


class GroupNorm(Norm):
    """Normalise groups of channels by their mean and variance over the sample's own map.

    Learnt: 2 a channel where `affine`. Source: Wu & He 2018; PyTorch's GroupNorm.

    ```yaml
    convcalc: 1
    input: [64, 56, 56]
    layers:
      - group_norm: 32
    ```
    """

    main: ClassVar[str] = "groups"

    groups: Count = described("Number of groups of channels.")
    affine: Flag = described("Learn a scale and a shift for each channel.", True)

    def output(self, x: Shape) -> Shape:
        divisible(x[0], self.groups, "channels", "groups")
        return x

    def sees_all(self, x: Shape) -> bool:
        return True

    def kept(self, x: Shape, output: Shape) -> Kept:
        return Kept(inputs=True, values=2 * self.groups)


class LayerNorm(Norm):
    """Normalise the whole sample (`all`), or the channels at each position (`channels`).

    Learnt where `affine`: two for each element (`all`), two for each channel (`channels`).
    Source: Ba et al. 2016; PyTorch's LayerNorm; `channels` is ConvNeXt's LayerNorm2d.

    ```yaml
    convcalc: 1
    input: [96, 56, 56]
    layers:
      - layer_norm: channels
      - layer_norm: {over: all, affine: false}
    ```
    """

    main: ClassVar[str] = "over"

    over: Over = described("What one mean is taken over.", "all")
    affine: Flag = described("Learn a scale and a shift.", True)

    def learnt_shape(self, x: Shape) -> Shape:
        return x if self.over == "all" else (x[0],)

    def sees_all(self, x: Shape) -> bool:
        return self.over == "all"

    def kept(self, x: Shape, output: Shape) -> Kept:
        means = 1 if self.over == "all" else elements(x) // x[0]
        return Kept(inputs=True, values=2 * means)


class LocalResponseNorm(Norm):
    """Divide by the energy of the `size` neighbouring channels, as AlexNet does.

    Nothing is learnt. Work: `size` for the sum of squares and 2 for the division, per element.
    Source: Krizhevsky et al. 2012; PyTorch's LocalResponseNorm.

    ```yaml
    convcalc: 1
    input: [64, 55, 55]
    layers:
      - local_response_norm: 5
    ```
    """

    main: ClassVar[str] = "size"

    size: Count = described("Number of neighbouring channels.")

    def output(self, x: Shape) -> Shape:
        spatial_rank(x, self.kind)
        return x

    def work(self, x: Shape, output: Shape) -> Work:
        return {"norm": (self.size + 2) * elements(output)}

    def kept(self, x: Shape, output: Shape) -> Kept:
        # The squares with `size` - 1 channels of padding, the energy, and its power.
        padded = (x[0] + self.size - 1) * (elements(x) // x[0])
        return Kept(inputs=True, values=padded + 2 * elements(x))


MEMBERS: dict[str, type[Kind]] = {
    "batch_norm": BatchNorm,
    "instance_norm": InstanceNorm,
    "group_norm": GroupNorm,
    "layer_norm": LayerNorm,
    "local_response_norm": LocalResponseNorm,
}
