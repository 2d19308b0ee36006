"""A layer or a short chain in the shorthand of `convcalc shape`, as a network to plan."""

from __future__ import annotations

import json
from collections.abc import Sequence

from convcalc.core.text import visible
from convcalc.features.shape.answer import shape
from convcalc.features.shape.walk import Step
from convcalc.network import Network, loads
from convcalc.shorthand.entries import in_yaml
from convcalc.shorthand.making import SOURCE


def network_of(words: Sequence[str]) -> Network:
    """The network of one layer, or of a chain with commas between.

    Channels that the words leave out are as few as the layers need. Raises StackError where a
    word does not parse or a layer does not fit.

    >>> network_of("3x32x32 conv 8 k3 s2 p1".split()).inputs
    {'input': (3, 32, 32)}
    """
    found = shape(list(words))
    layers = "".join(f"  - {_written(step)}\n" for step in found.steps)
    sizes = ", ".join(map(str, found.steps[0].x))
    name = json.dumps(visible(" ".join(words)), ensure_ascii=False)
    text = f"convcalc: 1\nname: {name}\ninput: [{sizes}]\nlayers:\n{layers}"
    return loads(text, SOURCE)


def _written(step: Step) -> str:
    layer = step.layer
    fields = {name: getattr(layer, name) for name in type(layer).model_fields}
    return in_yaml(layer.kind, {name: fields[name] for name in layer.model_fields_set})
