"""Normalisation: `batch_norm`, `instance_norm` and `group_norm`.

Work: 2 per element, the folded scale and shift. All but `batch_norm` take their statistics from
the sample itself, so over spatial axes every output sees all of it.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape, elements, format_shape, spatial
from convcalc.kinds.base import Kept, Kind, LayerKind, Role, Work
from convcalc.kinds.base.checks import divisible, recovering, spatial_rank
from convcalc.kinds.base.code_lines import keras_call, torch_call, unless
from convcalc.kinds.base.copies import FEW, Copy
from convcalc.kinds.base.fields import Count, Epsilon, Flag, described

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights

# PyTorch's.
EPSILON = Fraction(1, 100_000)
ADDED = "Number added to the variance before its root is taken."


class Norm(LayerKind):
    """Scale and shift by statistics, then by learnt numbers where `affine`."""

    role: ClassVar[Role] = "norm"

    if TYPE_CHECKING:

        @property
        def eps(self) -> Fraction | None:
            """A field of every norm, the last one."""

    def torch_norm(self, name: str, *values: object, affine: bool | None) -> list[str]:
        """PyTorch's norm, with an `eps` that is not its own 0.00001."""
        eps = unless(self.eps, EPSILON)
        written = None if eps is None else float(eps)
        return [torch_call(name, *values, eps=written, affine=affine)]

    def values_per_mean(self, x: Shape) -> int | None:
        """Values of one sample that lose their common mean; None where samples keep theirs."""
        return None

    def learnt_shape(self, x: Shape) -> Shape:
        """Shape of the learnt scale, and of the learnt shift."""
        return (x[0],)

    def weights(self, x: Shape) -> dict[str, Shape]:
        if not getattr(self, "affine", False):
            return {}
        return {"weight": self.learnt_shape(x), "bias": self.learnt_shape(x)}

    def work(self, x: Shape, output: Shape) -> Work:
        return {"norm": 2 * elements(output)}

    def split(self, x: Array) -> Array:
        """`x` with the axes that one mean is taken over apart from the others."""
        return x

    def statistics_over(self, x: Array) -> tuple[int, ...]:
        """Axes of the split `x` that one mean is taken over."""
        raise LookupError(f"{self.kind} takes no statistics")

    def added(self, ops: Ops, x: Array) -> float:
        """What is added to the variance; without a number, what the type of `x` can tell from 1."""
        return float(ops.np.finfo(x.dtype).eps if self.eps is None else self.eps)

    def learnt(self, ops: Ops, array: Array, x: Array) -> Array:
        """A learnt array, to stand beside `x` (N, *S, C)."""
        return array

    def standard(self, ops: Ops, split: Array) -> Array:
        """The split input by its statistics, before what is learnt."""
        y, _ = ops.standardise(split, self.statistics_over(split), self.added(ops, split))
        return y

    def standard_gradient(self, ops: Ops, grad: Array, split: Array) -> Array:
        """The gradient with respect to the split input, from that of `standard`."""
        axes, eps = self.statistics_over(split), self.added(ops, split)
        return ops.standardise_gradient(grad, split, axes, eps)

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        y = self.standard(ops, self.split(x)).reshape(x.shape)
        if "weight" in w:
            y = y * self.learnt(ops, w["weight"], x)
        return y + self.learnt(ops, w["bias"], x) if "bias" in w else y

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        split = self.split(x)
        learnt = {}
        if "weight" in w:
            standard = self.standard(ops, split).reshape(x.shape)
            both = self.learnt_gradients(ops, grad, standard)
            learnt = {name: both[name] for name in w if name in both}
            grad = grad * self.learnt(ops, w["weight"], x)
        to_x = self.standard_gradient(ops, grad.reshape(split.shape), split)
        return to_x.reshape(x.shape), learnt

    def learnt_gradients(self, ops: Ops, grad: Array, standard: Array) -> dict[str, Array]:
        """Gradients of the scale and the shift that follow the standardised input."""
        return {"weight": ops.channel_sum(grad * standard), "bias": ops.channel_sum(grad)}


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
      - batch_norm: {eps: 0.001}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = (
        "batchnormalization",
        "bn",
        "lazybatchnorm",
        "syncbatchnorm",
    )
    temporaries: ClassVar[int] = 2

    affine: Flag = described("Learn a scale and a shift for each channel.", True)
    eps: Epsilon = described(ADDED, EPSILON)

    def torch(self, x: Shape) -> list[str] | None:
        name = f"BatchNorm{max(1, len(x) - 1)}d"
        return self.torch_norm(name, x[0], affine=unless(self.affine, True))

    def keras(self, x: Shape) -> list[str] | None:
        if not self.affine:
            return [
                keras_call("BatchNormalization", epsilon=float(self.eps), center=False, scale=False)
            ]
        # Keras adds 0.001 to a variance unless told otherwise.
        return [keras_call("BatchNormalization", epsilon=float(self.eps))]

    def works_per_position(self) -> bool:
        return True

    def stays_in_channel(self) -> bool:
        return True

    def takes_out_shifts(self, x: Shape) -> bool:
        return True

    def buffers(self, x: Shape) -> dict[str, Shape]:
        return {"running_mean": (x[0],), "running_var": (x[0],)}

    def kept(self, x: Shape, output: Shape) -> Kept:
        # The mean and deviation of the batch.
        return Kept(inputs=True, values_once=2 * x[0])

    def statistics_over(self, x: Array) -> tuple[int, ...]:
        return tuple(range(x.ndim - 1))

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        if ops.batch_statistics:
            return super().forward(ops, x, w)
        scale = ops.inverse_deviation(w["running_var"], float(self.eps))
        if self.affine:
            scale = scale * w["weight"]
        shift = (w["bias"] if self.affine else 0) - w["running_mean"] * scale
        y: Array = x * scale
        y += shift
        return y

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        if ops.batch_statistics:
            return super().backward(ops, grad, x, y, w)
        inverse = ops.inverse_deviation(w["running_var"], float(self.eps))
        if not self.affine:
            return grad * inverse, {}
        standard = (x - w["running_mean"]) * inverse
        return grad * (w["weight"] * inverse), self.learnt_gradients(ops, grad, standard)


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

    aliases: ClassVar[tuple[str, ...]] = ("instancenormalization",)
    affine: Flag = described("Learn a scale and a shift for each channel.", False)
    eps: Epsilon = described(ADDED, EPSILON)

    def torch(self, x: Shape) -> list[str] | None:
        name = f"InstanceNorm{len(x) - 1}d"
        return self.torch_norm(name, x[0], affine=unless(self.affine, False))

    def stays_in_channel(self) -> bool:
        return True

    def takes_out_shifts(self, x: Shape) -> bool:
        return True

    def values_per_mean(self, x: Shape) -> int | None:
        return elements(spatial(x))

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

    def statistics_over(self, x: Array) -> tuple[int, ...]:
        return tuple(range(1, x.ndim - 1))


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

    aliases: ClassVar[tuple[str, ...]] = ("gn", "groupnormalization")
    main: ClassVar[str] = "groups"

    groups: Count = described("Number of groups of channels.")
    affine: Flag = described("Learn a scale and a shift for each channel.", True)
    eps: Epsilon = described(ADDED, EPSILON)

    def torch(self, x: Shape) -> list[str] | None:
        return self.torch_norm("GroupNorm", self.groups, x[0], affine=unless(self.affine, True))

    def takes_out_shifts(self, x: Shape) -> bool:
        # Every channel is a group of its own.
        return self.groups == x[0]

    def values_per_mean(self, x: Shape) -> int | None:
        return elements(x) // self.groups

    def output(self, x: Shape) -> Shape:
        with recovering(x):
            divisible(x[0], self.groups, "channels", "groups")
        return x

    def thinned(self, inputs: tuple[Shape, ...]) -> Copy:
        (x,) = inputs
        groups = min(self.groups, FEW)
        channels = groups * min(x[0] // self.groups, FEW)
        return Copy(self.model_copy(update={"groups": groups}), ((channels, *x[1:]),))

    def sees_all(self, x: Shape) -> bool:
        return True

    def kept(self, x: Shape, output: Shape) -> Kept:
        return Kept(inputs=True, values=2 * self.groups)

    def split(self, x: Array) -> Array:
        return x.reshape(len(x), -1, self.groups, x.shape[-1] // self.groups)

    def statistics_over(self, x: Array) -> tuple[int, ...]:
        return 1, 3


MEMBERS: tuple[type[Kind], ...] = (BatchNorm, InstanceNorm, GroupNorm)
