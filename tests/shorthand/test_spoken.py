"""What the shorthand knows of kinds without loading them is what they say themselves."""

from __future__ import annotations

from convcalc.features.shape.answer import shape
from convcalc.kinds import find_kind, kind_names
from convcalc.kinds.base import Kind
from convcalc.kinds.border_family import Pad
from convcalc.shorthand import spoken
from tests.each import each


def kind_of(name: str) -> type[Kind]:
    kind = find_kind(name)
    assert kind is not None
    return kind


def test_kinds_with_filters_multiply_by_them() -> None:
    kinds = map(kind_of, kind_names())
    found = {kind.kind for kind in kinds if kind.role == "product" and kind.sliding}
    assert found == set(spoken.WITH_FILTERS)
    assert spoken.UNNAMED in spoken.WITH_FILTERS


@each("name", spoken.SLIDING)
def test_front_step(name: str) -> None:
    kind = kind_of(name)
    assert kind.sliding == spoken.SLIDING[name]
    assert set(kind.model_fields) >= spoken.FIELDS[name]
    assert spoken.FIELDS.keys() == spoken.SLIDING.keys()


def test_what_stands_in_the_padding_is_the_mode_of_a_pad() -> None:
    (step,) = shape("3@9x9 pad 1 reflect").steps
    assert isinstance(step.layer, Pad)
    assert step.layer.mode == "reflect"


def test_every_activation_is_asked_of_axes_alone() -> None:
    # As `relu` is: two numbers are axes, whatever bends the values.
    for word in ("relu", "gelu", "silu", "dropout"):
        assert shape(f"9x9 k3 , {word}").output == (7, 7)
