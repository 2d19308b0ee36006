"""What a layer kind is: a strict model of its fields, and the facts it states.

A kind states `output`, `windows` or `links`, `weights`, `buffers`, `macs` and `work`; the base
derives parameters, bytes and `Facts` from them, once for each distinct layer and input shape.

A kind's class docstring is its manual page: the first line says what it does, and a fenced
YAML block is an example that the tests plan.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from convcalc.core.arrangement import Arrangement
from convcalc.core.errors import LayerError
from convcalc.core.links import POINTWISE, Link, window_link
from convcalc.core.shapes import Shape, Window, elements, format_shape, padded_elements
from convcalc.kinds.base.beside import Running
from convcalc.kinds.base.copies import Copy, Turn, whole, window_turn
from convcalc.kinds.base.fields import SHORT_NAMES
from convcalc.kinds.base.likeness import Likeness

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights

WorkClass = Literal["bias", "norm", "activation", "pool", "merge", "upsample"]
WORK_CLASSES: tuple[WorkClass, ...] = ("bias", "norm", "activation", "pool", "merge", "upsample")
Work = Mapping[WorkClass, int]
NO_WORK = (0,) * len(WORK_CLASSES)

# What the backward pass needs again: the layer's input, its output, or nothing.
Keeps = Literal["input", "output", "nothing"]


# What a layer may declare, or leave unsaid: `kept` is what it keeps for its backward pass.
Figure = Literal["params", "buffers", "macs", "elementwise", "kept", "receptive_field"]


class Kept(NamedTuple):
    """What a layer keeps for its backward pass, as PyTorch's operators save it.

    `inputs` and `output` are whole tensors that other layers may keep too. Beside them:
    `values`, further numbers of the network's type for each sample; `values_once`, such numbers
    for the whole batch; `bytes`, for each sample whatever the type (indices, masks).
    """

    inputs: bool = False
    output: bool = False
    values: int = 0
    values_once: int = 0
    bytes: int = 0


_KEPT: dict[Keeps, Kept] = {
    "input": Kept(inputs=True),
    "output": Kept(output=True),
    "nothing": Kept(),
}

# How a layer reads one of its inputs: per axis a link; None where no position is left to speak
# of (a global pool, a dense layer) and every output sees the whole map.
Links = tuple[Link, ...] | None

# One shared value a rank, so that the planner can pass over pointwise layers by identity.
POINTWISE_LINKS: tuple[tuple[Link, ...], ...] = tuple((POINTWISE,) * rank for rank in range(4))

MAX_SIZE = 2**63 - 1


class Flow(NamedTuple):
    """What a layer does with the channels of a position, for what single ones have seen.

    `kept`: each output channel reads some of them, and together they read all; `mixed`: each
    reads all; `picked`: so many in a row are left; `shuffled`: those of so many groups are dealt
    out in turn; `joined`: those of several inputs, so many each, in a row. `unfollowed`: positions
    become others in a way that is not told.
    """

    how: Literal["kept", "mixed", "picked", "shuffled", "joined", "unfollowed"]
    counts: tuple[int, ...] = ()


KEPT = Flow("kept")
MIXED = Flow("mixed")


class Facts(NamedTuple):
    """Everything about one layer at one input shape, exact.

    `work` follows WORK_CLASSES; `links` has one entry an input. `sees_all` marks layers whose
    every output depends on the whole map although it keeps its position, such as a
    normalisation over space. `declared` figures are as the file says, and no more than that;
    `unknown` ones are at least what stands here, fields at most.
    """

    output: Shape
    params: int
    buffers: int
    macs: int
    work: tuple[int, ...]
    links: tuple[Links, ...]
    sees_all: bool
    kept: Kept
    notes: tuple[str, ...]
    # Values of one sample that are alive while the layer runs, beside its inputs and its output.
    workspace: int = 0
    # How the axes of each input become those of the output, where the layer moves whole axes.
    arrangements: tuple[Arrangement | None, ...] = ()
    flow: Flow = KEPT
    declared: tuple[Figure, ...] = ()
    unknown: tuple[Figure, ...] = ()


def word_of(name: str) -> str:
    """The word of a kind whose class has this name.

    >>> word_of("Conv"), word_of("AdaptiveAvgPool"), word_of("L2Normalize"), word_of("Relu6")
    ('conv', 'adaptive_avg_pool', 'l2_normalize', 'relu6')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


class Kind(Likeness, Running, BaseModel):
    """The base of every kind; subclass LayerKind or MergeKind."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, defer_build=True, use_attribute_docstrings=False
    )

    # The word that files use, which the class's own name spells.
    kind: ClassVar[str] = ""
    family: ClassVar[str] = ""
    main: ClassVar[str] = ""
    is_merge: ClassVar[bool] = False
    # A merge that reads the layer before, or that of `from`, where no `inputs` are written.
    takes_from: ClassVar[bool] = False
    # A source reads no layer.
    is_source: ClassVar[bool] = False
    # A view shares its input's memory: it costs no bytes and no time.
    is_view: ClassVar[bool] = False
    # A view at inference that writes a tensor of its own in training.
    copies_in_training: ClassVar[bool] = False
    keeps: ClassVar[Keeps] = "nothing"
    # Of negative numbers, or of 0, it may make none.
    wants_positive: ClassVar[bool] = False
    # Fields that are sizes by name.
    mappings: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.kind = word_of(cls.__name__)

    @classmethod
    def spellings(cls) -> dict[str, str]:
        """Every spelling of a field that may be written, to its full name."""
        names = {name: name for name in (*cls.model_fields, *cls.likes)}
        return names | {SHORT_NAMES[name]: name for name in cls.model_fields if name in SHORT_NAMES}

    @classmethod
    def needs_fields(cls) -> bool:
        """True where the bare word is not enough."""
        return any(field.is_required() for field in cls.model_fields.values())

    def weights_of(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        """Learnt arrays by name, in PyTorch's layout."""
        return {}

    def buffers_of(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        """Arrays that are stored but not learnt, such as running statistics."""
        return {}

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        """All facts at these input shapes. Raises LayerError where the layer cannot stand."""
        raise LookupError(f"{type(self).__name__} states no facts")

    @classmethod
    def takes_shape(cls) -> bool:
        """True where the main field lists sizes or channels, not one value an axis."""
        return cls.main in ("shape", "channels")

    def folding(self) -> str:
        """How the padding repeats real pixels: `reflect`, `replicate`, `circular`, or empty."""
        return ""

    def reads_by_size(self) -> bool:
        """True where what a unit reads depends on the size of the map."""
        return self.padding_word() in ("same_upper", "same_lower")

    def padding_word(self) -> str:
        """The padding where it is a word, such as `same`; empty where it is numbers or none."""
        padding = getattr(self, "padding", 0)
        return padding if isinstance(padding, str) else ""

    def resolved(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        """The fields as they apply here: full names, one value an axis, JSON types."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: plain(value) for name, value in fields.items()}

    def run(self, ops: Ops, inputs: tuple[Array, ...], weights: Weights) -> Array:
        """The output for these inputs, channels-last `(N, *S, C)`; see `forward`."""
        raise LookupError(f"{type(self).__name__} cannot run")

    def gradients(
        self,
        ops: Ops,
        grad: Array,
        inputs: tuple[Array, ...],
        output: Array,
        weights: Weights,
    ) -> tuple[tuple[Array, ...], dict[str, Array]]:
        """Gradients of a number with respect to each input and to each learnt array.

        `grad` is its gradient with respect to `output`, which `run` gave for these inputs.
        """
        raise LookupError(f"{type(self).__name__} has no gradient")

    def _common(self, output: Shape) -> Shape:
        if max(output) > MAX_SIZE:
            raise LayerError(
                "size-too-large",
                f"the output {format_shape(output)} has an axis beyond {MAX_SIZE}",
                "use a smaller factor or fewer such layers",
            )
        return output


class LayerKind(Kind):
    """A kind with one input `x`."""

    def output(self, x: Shape) -> Shape:
        """The output shape; the input's, unless a kind says otherwise."""
        return x

    def windows(self, x: Shape) -> tuple[Window, ...]:
        """The window on each spatial axis; none for kinds that have no window."""
        return ()

    def output_paddings(self, x: Shape) -> tuple[int, ...]:
        """Pixels added after the output of a transposed window, on each axis."""
        return (0,) * (len(x) - 1)

    def rounds_up(self) -> bool:
        """True where a last window that is only partly filled is kept."""
        return False

    def links(self, x: Shape) -> Links:
        """How units read the input, per axis; None where each sees the whole map."""
        windows = self.windows(x)
        return tuple(map(window_link, windows)) if windows else POINTWISE_LINKS[len(x) - 1]

    def arrangement(self, x: Shape) -> Arrangement | None:
        """How whole axes move; None for layers that do not move any, or not only."""
        return None

    def flow(self, x: Shape) -> Flow:
        """What becomes of the channels; a kind that takes only some of them has to say so."""
        return KEPT

    def sees_all(self, x: Shape) -> bool:
        """True where every output depends on the whole map, yet keeps its own position."""
        return False

    def weights(self, x: Shape) -> dict[str, Shape]:
        """Learnt arrays by name, in PyTorch's layout."""
        return {}

    def buffers(self, x: Shape) -> dict[str, Shape]:
        """Arrays that are stored but not learnt, such as running statistics."""
        return {}

    def weights_of(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        return self.weights(inputs[0])

    def buffers_of(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        return self.buffers(inputs[0])

    def macs(self, x: Shape, output: Shape) -> int:
        """Multiply-accumulates; 0 for all but convolutions, dense layers and products."""
        return 0

    def work(self, x: Shape, output: Shape) -> Work:
        """Elementwise operations by class. A kind without work says `{}` itself."""
        raise LookupError(f"{self.kind} has no rule for its elementwise work")

    def kept(self, x: Shape, output: Shape) -> Kept:
        """What the backward pass needs again; by `keeps`, unless a kind says more."""
        return _KEPT[self.keeps]

    def notes(self, x: Shape) -> tuple[str, ...]:
        """What a reader of the plan should be told about this layer."""
        return ()

    def workspace(self, x: Shape, output: Shape) -> int:
        """Values alive while it runs, beside its input and its output."""
        return 0

    def turns(self, inputs: tuple[Shape, ...]) -> tuple[Turn, ...]:
        (x,) = inputs
        windows = self.windows(x)
        if windows:
            return tuple(map(window_turn, x[1:], windows))
        return whole(inputs) if self.reads_by_size() else tuple(map(Turn, x[1:]))

    def at_sizes(self, x: Shape, sizes: Shape) -> Kind:
        """This layer for a map of other sizes; itself, unless its fields name sizes."""
        return self

    def on_map(self, inputs: tuple[Shape, ...], sizes: Shape) -> Copy:
        (x,) = inputs
        return Copy(self.at_sizes(x, sizes), ((x[0], *sizes),))

    def values_beside(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        (x,) = inputs
        windows = self.windows(x)
        padded = any(window.before or window.after for window in windows)
        own = super().values_beside(inputs, output)
        return own + (padded_elements(x, windows) if padded else 0)

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        """The output for `x` (N, *S, C), made of `ops`.

        May use `windows`, never `output` or `macs`: sizes must fall out of slicing and counts
        out of the products, so that running a layer is evidence for its plan.
        `w` has the arrays of `weights` and `buffers`, in PyTorch's layout.
        """
        raise LookupError(f"{self.kind} has no forward pass")

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        """Gradients with respect to `x` and to each learnt array, from that of the output `y`."""
        raise LookupError(f"{self.kind} has no gradient")

    def run(self, ops: Ops, inputs: tuple[Array, ...], weights: Weights) -> Array:
        (x,) = inputs
        return self.forward(ops, x, weights)

    def gradients(
        self,
        ops: Ops,
        grad: Array,
        inputs: tuple[Array, ...],
        output: Array,
        weights: Weights,
    ) -> tuple[tuple[Array, ...], dict[str, Array]]:
        (x,) = inputs
        found, learnt = self.backward(ops, grad, x, output, weights)
        return (found,), learnt

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        (x,) = inputs
        return self.facts_of(x, self._common(self.output(x)))

    def facts_of(self, x: Shape, output: Shape) -> Facts:
        """All facts where the output is `output`: also past a limit that is PyTorch's alone."""
        work = self.work(x, output)
        return Facts(
            output,
            sum(map(elements, self.weights(x).values())),
            sum(map(elements, self.buffers(x).values())),
            self.macs(x, output),
            tuple(work.get(name, 0) for name in WORK_CLASSES),
            (_shared(self.links(x)),),
            self.sees_all(x),
            self.kept(x, output),
            self.notes(x),
            self.workspace(x, output),
            (self.arrangement(x),),
            self.flow(x),
        )

    def resolved(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        (x,) = inputs
        fields = super().resolved(inputs)
        rank = len(x) - 1
        windows = self.windows(x)
        for name in ("kernel_size", "stride", "dilation", "output_padding", "scale_factor"):
            if name in fields and not isinstance(fields[name], list) and fields[name] is not None:
                fields[name] = [fields[name]] * rank
        if windows and fields.get("stride", 0) is None:
            fields["stride"] = [window.stride for window in windows]
        if windows and "padding" in fields:
            fields["padding"] = [[window.before, window.after] for window in windows]
        if fields.get("groups") == "depthwise":
            fields["groups"] = x[0]
        return fields


class SourceKind(Kind):
    """A kind that reads nothing and has a shape of its own."""

    is_source: ClassVar[bool] = True

    def shape_of(self) -> Shape:
        """The shape of what it gives."""
        raise LookupError(f"{self.kind} states no shape")

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        params = sum(map(elements, self.weights_of(inputs).values()))
        buffers = sum(map(elements, self.buffers_of(inputs).values()))
        output = self._common(self.shape_of())
        return Facts(output, params, buffers, 0, NO_WORK, (), False, Kept(), ())


class MergeKind(Kind):
    """A kind that joins several inputs; its main field `inputs` names them."""

    is_merge: ClassVar[bool] = True

    def output_of(self, inputs: tuple[Shape, ...]) -> Shape:
        """The output shape of the joined inputs."""
        raise LookupError(f"{self.kind} states no output")

    def links_of(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Links, ...]:
        """For each input, how units read it; pointwise unless a kind says otherwise."""
        return (POINTWISE_LINKS[len(output) - 1],) * len(inputs)

    def arrangements_of(self, inputs: tuple[Shape, ...]) -> tuple[Arrangement | None, ...]:
        """For each input, how its axes become those of the output; see `arrangement`."""
        return (None,) * len(inputs)

    def flow_of(self, inputs: tuple[Shape, ...]) -> Flow:
        """What becomes of the channels; see `flow`."""
        return KEPT

    def macs_of(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        """Multiply-accumulates; 0 for all but products of maps."""
        return 0

    def work_of(self, inputs: tuple[Shape, ...], output: Shape) -> Work:
        """Elementwise operations by class."""
        raise LookupError(f"{self.kind} has no rule for its elementwise work")

    def kept_of(self, inputs: tuple[Shape, ...], output: Shape) -> Kept:
        """What the backward pass needs again; by `keeps`, unless a kind says more."""
        return _KEPT[self.keeps]

    def notes_of(self, inputs: tuple[Shape, ...]) -> tuple[str, ...]:
        """What a reader of the plan should be told about this layer."""
        return ()

    def workspace_of(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        """Values alive while it runs, beside its inputs and its output."""
        return 0

    def turns(self, inputs: tuple[Shape, ...]) -> tuple[Turn, ...]:
        return tuple(map(Turn, largest(inputs)[1:]))

    def on_map(self, inputs: tuple[Shape, ...], sizes: Shape) -> Copy:
        # A gate stays one number for the whole map.
        whole = largest(inputs)
        return Copy(self, tuple((x[0], *sizes) if x[1:] == whole[1:] else x for x in inputs))

    def forward_of(self, ops: Ops, inputs: tuple[Array, ...]) -> Array:
        """The output for the joined inputs, each (N, *S, C); see `LayerKind.forward`."""
        raise LookupError(f"{self.kind} has no forward pass")

    def backward_of(
        self, ops: Ops, grad: Array, inputs: tuple[Array, ...], y: Array
    ) -> tuple[Array, ...]:
        """Gradients with respect to each input, from that of the output `y`."""
        raise LookupError(f"{self.kind} has no gradient")

    def run(self, ops: Ops, inputs: tuple[Array, ...], weights: Weights) -> Array:
        return self.forward_of(ops, inputs)

    def gradients(
        self,
        ops: Ops,
        grad: Array,
        inputs: tuple[Array, ...],
        output: Array,
        weights: Weights,
    ) -> tuple[tuple[Array, ...], dict[str, Array]]:
        return self.backward_of(ops, grad, inputs, output), {}

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        output = self._common(self.output_of(inputs))
        work = self.work_of(inputs, output)
        return Facts(
            output,
            sum(map(elements, self.weights_of(inputs).values())),
            sum(map(elements, self.buffers_of(inputs).values())),
            self.macs_of(inputs, output),
            tuple(work.get(name, 0) for name in WORK_CLASSES),
            tuple(map(_shared, self.links_of(inputs, output))),
            False,
            self.kept_of(inputs, output),
            self.notes_of(inputs),
            self.workspace_of(inputs, output),
            self.arrangements_of(inputs),
            self.flow_of(inputs),
        )

    def resolved(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        fields = super().resolved(inputs)
        # The row's `inputs` already name them, resolved.
        fields.pop("inputs", None)
        return fields


def _shared(links: Links) -> Links:
    if links is not None and links == POINTWISE_LINKS[len(links)]:
        return POINTWISE_LINKS[len(links)]
    return links


def largest(inputs: tuple[Shape, ...]) -> Shape:
    """The input with most axes and, of these, most elements: the map that gates stand beside.

    >>> largest(((8, 1, 1), (8, 4, 4), (8,)))
    (8, 4, 4)
    """
    return max(inputs, key=lambda shape: (len(shape), elements(shape)))


def plain(value: object) -> object:
    """The value of a field as JSON has it: lists for tuples, numbers for fractions.

    >>> plain((Fraction(3, 2), Fraction(2), "same"))
    [1.5, 2, 'same']
    """
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else float(value)
    return value
