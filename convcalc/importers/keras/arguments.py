"""Values of a configuration: what stands where, and what it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from convcalc.importers.model import Declared
from convcalc.importers.named_arguments import Tensor

# Packages whose classes are Keras' own.
_OWN = ("keras", "tf_keras", "tensorflow")
# Arrays that `enable_lora` leaves as they are and adds to; "" is any of them.
_ADAPTED = ("", "kernel", "embeddings")
# Layers that do not say whether they are trained, as all others do.
_NEVER_TRAINED = (
    "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "Discretization", "HashedCrossing",
)  # fmt: skip
_OPERATIONS = ("keras.src.ops.", "keras.ops.")


class MalformedError(ValueError):
    """JSON that is no model; its text says what is wrong."""


class NoLayersError(MalformedError):
    """JSON of a model that holds none of its layers."""


def mapped(value: object, what: str) -> dict[str, Any]:
    """A mapping. Raises MalformedError."""
    if not isinstance(value, dict):
        raise MalformedError(f"`{what}` is {_type(value)}, not a mapping")
    return value


def listed(value: object, what: str) -> list[Any]:
    """A list. Raises MalformedError."""
    if not isinstance(value, list):
        raise MalformedError(f"`{what}` is {_type(value)}, not a list")
    return value


def _type(value: object) -> str:
    return "missing" if value is None else type(value).__name__


def class_of(found: Mapping[str, Any]) -> str:
    """The class of a layer: its name for one of Keras' own, with its package for another.

    Operations of `keras.ops` have the name of theirs before them. HDF5 files of Keras 3 do not say
    the module: there they are what is called and has no field that every layer has.

    >>> class_of({"module": "keras.src.ops.numpy", "class_name": "Add"})
    'ops.Add'
    >>> class_of({"module": "mine", "class_name": "Add", "registered_name": "mine>Add"})
    'mine>Add'
    """
    name, module = found.get("class_name"), found.get("module")
    if not isinstance(name, str):
        raise MalformedError("a layer has no `class_name`")
    if not isinstance(module, str):
        return f"ops.{name}" if _is_operation(found) else name
    if module.startswith(_OPERATIONS):
        return f"ops.{name}"
    if module.partition(".")[0] in _OWN:
        return name
    registered = found.get("registered_name")
    own = registered if isinstance(registered, str) else name
    return own if ">" in own else f"{module}>{own}"


def _is_operation(found: Mapping[str, Any]) -> bool:
    config, calls = found.get("config"), found.get("inbound_nodes")
    is_of_three = isinstance(calls, list) and any(isinstance(call, dict) for call in calls)
    if not is_of_three or not isinstance(config, dict) or "trainable" in config:
        return False
    # Some functions have a `dtype` of their own.
    return "dtype" not in config or found.get("class_name") not in _NEVER_TRAINED


def shape_of(value: object) -> Declared:
    """A shape with its samples first; "" for an open size. Raises MalformedError.

    >>> shape_of([None, 224, None, 3])
    ('', 224, '', 3)
    """
    if isinstance(value, dict):
        # Keras 2 wrote tuples as {"class_name": "__tuple__", "items": [...]}.
        value = value.get("items")
    if not isinstance(value, list):
        raise MalformedError(f"a shape is {_type(value)}, not a list")
    for size in value:
        if size is not None and (not isinstance(size, int) or isinstance(size, bool) or size < 0):
            raise MalformedError(f"a size is `{size!s:.40}`")
    return tuple("" if size is None else size for size in value)


def shape_or_none(value: object) -> Declared | None:
    """A shape, or None for what is none."""
    try:
        return shape_of(value)
    except MalformedError:
        return None


def inner_shape(shape: Declared | None) -> Declared | None:
    """The shape of one step of a sequence, as a sample.

    >>> inner_shape(("", 8, 32, 3))
    ('', 32, 3)
    """
    return None if shape is None or len(shape) < 2 else ("", *shape[2:])


def tensors_in(value: Any) -> list[str]:
    """Every tensor in arguments, in their order."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, tuple):
        return [name for one in value for name in tensors_in(one)]
    if isinstance(value, dict):
        return tensors_in(tuple(value.values()))
    return []


def stored_as(config: object) -> str:
    """What the matrix of a layer with these fields is stored as, "" for the reals that it is.

    >>> stored_as({"dtype": {"class_name": "QuantizedDTypePolicy", "config": {"mode": "int8"}}})
    'int8'
    """
    policy = config.get("dtype") if isinstance(config, Mapping) else None
    inner = policy.get("config") if isinstance(policy, Mapping) else None
    mode = inner.get("mode") if isinstance(inner, Mapping) else None
    return "" if mode is None else str(mode)[:20]


class LowRank(NamedTuple):
    """What is added to a kernel: `scale` times the product of two arrays of `rank` between them."""

    rank: int
    scale: float


def low_rank_of(config: object, name: str = "") -> LowRank | None:
    """What `enable_lora` adds to the array `name` of a layer with these fields, or to any.

    >>> low_rank_of({"lora_rank": 4, "lora_alpha": 2}, "kernel")
    LowRank(rank=4, scale=0.5)
    >>> low_rank_of({"lora_rank": 4}, "bias") or low_rank_of({"lora_rank": None})
    """
    found = config if isinstance(config, Mapping) else {}
    rank, alpha = found.get("lora_rank"), found.get("lora_alpha")
    if not isinstance(rank, int) or rank < 1 or name not in _ADAPTED:
        return None
    return LowRank(rank, (alpha if isinstance(alpha, int | float) else rank) / rank)
