"""What a layer kind is: a strict model of its fields, and the facts it states.

A kind states `output`, `windows` or `links`, `weights`, `buffers`, `macs` and `work`; the base
derives parameters, bytes and `Facts` from them, once for each distinct layer and input shape.

A kind's class docstring is its manual page: the first line says what it does, and a fenced
YAML block is an example that the tests plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape, format_shape
from convcalc.kinds.base.beside import Running
from convcalc.kinds.base.fields import EXAMPLES, SHORT_NAMES
from convcalc.kinds.base.likeness import Likeness
from convcalc.kinds.base.stated import KEPT, MAX_SIZE, OWN, Facts, Flow, Keeps

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


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
    # The kind that does the same, and begins with what further inputs give.
    with_inputs: ClassVar[type[Kind] | None] = None
    # The word of the kind that does it with one fixed number in place of a second layer.
    with_number: ClassVar[str] = ""
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
        _forget_class_variables(cls)

    @classmethod
    def spellings(cls) -> dict[str, str]:
        """Every spelling of a field that may be written, to its full name."""
        names = {name: name for name in (*cls.model_fields, *cls.likes)}
        return names | {SHORT_NAMES[name]: name for name in cls.model_fields if name in SHORT_NAMES}

    @classmethod
    def words(cls) -> dict[str, str]:
        """Every word that is a value of a field, such as `bilinear`, to that field."""
        fields = cls.model_fields.items()
        return {word: name for name, field in fields for word in _literals(field.annotation)}

    @classmethod
    def takes_reals(cls, field: str) -> bool:
        """True for a field that is a real number, if any: sizes and counts are whole."""
        found = cls.model_fields.get(field)
        if found is None or get_origin(found.annotation) is tuple:
            return False
        either = (found.annotation, *get_args(found.annotation))
        return any(Fraction in (one, *get_args(one)[:1]) for one in either)

    @classmethod
    def example_of(cls, field: str) -> str:
        """How a value of a field is written; of a notation, what its description shows."""
        shown = re.search("as in `([^`]+)`", cls.model_fields[field].description or "")
        return EXAMPLES.get(field) or (f'"{shown[1]}"' if shown else "...")

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

    def _told(self, flow: Flow) -> Flow:
        """What becomes of the channels, and whether each reads its own alone."""
        return OWN if flow is KEPT and self.stays_in_channel() else flow

    def _common(self, output: Shape) -> Shape:
        if max(output) > MAX_SIZE:
            raise LayerError(
                "size-too-large",
                f"the output {format_shape(output)} has an axis beyond {MAX_SIZE}",
                "use a smaller factor or fewer such layers",
            )
        return output


def _forget_class_variables(cls: type) -> None:
    """Strikes the class variables that Pydantic has seen from the annotations of a class's bases.

    It keeps their names, and yet would evaluate them again for each class, to see which annotations
    are fields: 2,000 strings for the kinds of one network, a tenth of the time that a plan takes.
    """
    for base in cls.__bases__:
        if issubclass(base, BaseModel):
            for one in base.__mro__:
                said = vars(one).get("__annotations__", {})
                for name in base.__class_vars__ & said.keys():
                    del said[name]


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


def _literals(annotation: object) -> Iterator[str]:
    for part in get_args(annotation):
        if isinstance(part, str):
            yield part
        else:
            yield from _literals(part)
