"""Modules by the names that TensorFlow gives: `StatefulPartitionedCall/model/conv1/Conv2D`.

TFLite's converter joins the names of all operations that became one operator, with semicolons, and
names constants after whatever layer had an equal one first:

    model/act/Relu;model/bn/FusedBatchNormV3;model/conv2d_4/Conv2D;model/conv2d/Conv2D;...
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from convcalc.importers.model import Module, Operation

_READS = "ReadVariableOp"
# Names that say where a tensor goes, or what the converter did, and not what it is.
_SAYS_NOTHING = re.compile(r"((Stateful)?PartitionedCall|Identity)([_:]\d+)?(_int8)?|tfl\..*")
# How the last word of a name begins that an operator was made of.
_OWN = {
    "CONV_2D": ("Conv2D", "Conv1D"),
    "CONV_3D": ("Conv3D",),
    "DEPTHWISE_CONV_2D": ("depthwise",),
    "FULLY_CONNECTED": ("MatMul", "Tensordot"),
    "TRANSPOSE_CONV": ("conv2d_transpose",),
}
_ACTIVATIONS = ("Relu", "Tanh", "clip")
# Names of this many parts are looked at; more are of files that nobody wrote.
_MOST_PARTS = 16
_DEEPEST = 32

Scope = tuple[str, ...]


class Place(NamedTuple):
    """Where an operator stands: the scope and the name of its product, and of its activation."""

    scope: Scope
    name: str
    activation: Scope


class _Part(NamedTuple):
    scope: Scope
    word: str
    name: str


def place_of(word: str, name: str) -> Place:
    """Where an operator stands, by the name of its first output.

    >>> place_of("ADD", "net/act/Relu;net/add_1/add").scope
    ('net', 'add_1')
    >>> place_of("CONV_2D", "net/act/Relu;net/bn/Fused;net/c_4/Conv2D;net/c/BiasAdd;net/c/Conv2D")
    Place(scope=('net', 'c'), name='net/c/Conv2D', activation=('net', 'act'))
    """
    parts = [_part(one) for one in name.split(";")[:_MOST_PARTS]]
    products = _OWN.get(word, ())
    begins = products or (word.lower().partition("_")[0],)

    def score(one: _Part) -> tuple[int, bool, int]:
        within = sum(other.scope[: len(one.scope)] == one.scope for other in parts)
        is_own = one.word.startswith(begins)
        return within if one.scope else 0, is_own, len(one.scope) if products else 0

    # What a product read stands last, what came of it first.
    best = max(parts[::-1] if products else parts, key=score)
    acts = (one for one in parts if one.word.startswith(_ACTIVATIONS))
    return Place(best.scope, best.name, next(acts, best).scope)


def _part(name: str) -> _Part:
    words = [one for one in name.split("/") if one][:_DEEPEST]
    if _READS in words:
        words = words[: words.index(_READS)]
    said = [one for one in words if not _SAYS_NOTHING.fullmatch(one)]
    if not said or said[-1:] != words[-1:]:
        return _Part(tuple(said), "", "/".join(said))
    return _Part(tuple(said[:-1]), said[-1], "/".join(said))


def input_name(name: str) -> str:
    """What to call an input that no signature names.

    >>> input_name("serving_default_image:0")
    'image'
    """
    return name.removeprefix("serving_default_").removesuffix(":0") or name


def shared_root(scopes: Sequence[Scope]) -> int:
    """How many words all scopes begin with: the model's own name, which says nothing here.

    >>> shared_root([("net", "conv1"), ("net", "head", "fc"), ()])
    1
    """
    known = [one for one in scopes if one]
    shared = 0
    while known and all(len(one) > shared + 1 for one in known):
        if len({one[shared] for one in known}) > 1:
            break
        shared += 1
    return shared


def modules(scope: Scope) -> tuple[Module, ...]:
    """The modules that a scope stands for, outermost first.

    >>> [one.name for one in modules(("block", "conv"))]
    ['block', 'block.conv']
    """
    return tuple(Module(".".join(scope[: depth + 1])) for depth in range(len(scope)))


def scoped(operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """Operations named by TensorFlow, with the modules that their names say."""
    places = [place_of(one.op, one.name) for one in operations]
    root = shared_root([one.scope for one in places])
    return tuple(
        replace(one, name=place.name, path=modules(place.scope[root:]))
        for one, place in zip(operations, places, strict=True)
    )
