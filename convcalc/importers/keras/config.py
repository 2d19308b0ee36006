"""The configuration of a Keras model as operations, one for each call of a layer.

    {"class_name": "Functional", "config": {"layers": [...], "input_layers": ..., ...}}

A layer says which tensors each call of it reads: Keras 3 as arguments with `__keras_tensor__` in
them, Keras 2 as lists `[layer, call, output, more arguments]`. A model inside of another one is
written out where it is called. Source: `keras.src.models.functional`, Keras 3.15, and
`tensorflow.python.keras.engine.functional`, TensorFlow 2.15.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from convcalc.core.text import in_words
from convcalc.importers.archives import Json
from convcalc.importers.counting_notes import first_named
from convcalc.importers.keras.arguments import low_rank_of, stored_as
from convcalc.importers.keras.unfolding import Unfolding
from convcalc.importers.keras.weights import Weights
from convcalc.importers.model import Model, Operation
from convcalc.network.held import Absent

NOWHERE = Absent("the file holds none", is_drawn=True)
MASKING = "Masking"
_HALF = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}


@dataclass(frozen=True, slots=True, eq=False)
class KerasModel(Model):
    """A model whose layers are named with their fields, and where their weights are."""

    weights: Weights | Absent = NOWHERE


def read_config(
    found: Json, file: str, name: str, weights: Weights | Absent = NOWHERE
) -> KerasModel:
    """The model of a configuration. Raises MalformedError where it is none."""
    # TensorFlow.js keeps it in a file of its own, beside the places of the weights.
    topology = found.get("modelTopology")
    if isinstance(topology, dict):
        found = topology
    whole = found.get("model_config")
    if isinstance(whole, dict):
        found = whole
    reading = Unfolding()
    outputs = reading.model(found)
    version = found.get("keras_version")
    # Before 3, only archives say the module of a class.
    is_told = isinstance(version, str)
    is_two = str(version).startswith("2") if is_told else "module" not in found
    producer = f"Keras {version}" if is_told else "Keras"
    return KerasModel(
        file,
        name,
        "Keras model",
        producer,
        reading.inputs,
        tuple(reading.operations),
        tuple(dict.fromkeys(outputs)),
        {},
        frozenset(),
        2 if is_two else 3,
        reading.shapes,
        tuple(_notes(reading, weights)),
        weights=weights,
    )


def _notes(found: Unfolding, weights: Weights | Absent) -> Iterator[str]:
    """What a reader of the figures should know."""
    policies = {_policy(one.attributes["config"]) for one in found.operations}
    for half in sorted(policies & _HALF.keys()):
        yield f"it calculates in {_HALF[half]} ({half}); its weights are float32"
    whole = _layers(one for one in found.operations if stored_as(one.attributes["config"]))
    if whole:
        yield (
            f"the weights of {in_words(len(whole), 'layer')} are stored as integers, here as the "
            f"reals that they stand for: `{whole[0]}`; Keras rounds what goes in as well"
        )
    added = _layers(one for one in found.operations if low_rank_of(_config(one)))
    if added:
        where = ""
        if isinstance(weights, Weights):
            beside = weights.has_low_rank
            where = "; a run adds them to it" if beside else "; the file has them in the kernel"
        yield (
            f"the low-rank arrays beside {in_words(len(added), 'kernel')} are not counted{where}: "
            f"{first_named(added)}"
        )
    frozen = _layers(one for one in found.operations if _config(one).get("trainable") is False)
    if frozen:
        is_, its = ("is", "its") if len(frozen) == 1 else ("are", "their")
        yield (
            f"{in_words(len(frozen), 'layer')} {is_} frozen (`trainable: false`), and {its} "
            f"parameters count as learnt: {first_named(frozen)}"
        )
    if found.around:
        of = in_words(len(found.around), "spectral norm")
        yield (
            f"the vectors of {of}, with which training goes on, are not counted: "
            f"{first_named([*found.around])}"
        )
    again = _in_several_models(found)
    if again:
        stand, it = ("stands", "it") if len(again) == 1 else ("stand", "them")
        yield (
            f"{first_named(again)} {stand} in several models and count{'s' * (it == 'it')} for "
            f"each, as Keras reads {it}: it does not write down whether they share {it}"
        )
    masks = [one.name for one in found.operations if _masks(one)]
    for name in [*masks, *found.masked][:1]:
        yield (
            f"steps of padding are masked (`{name}`), which Keras skips; this is of sequences "
            "without such steps"
        )


def _layers(calls: Iterable[Operation]) -> list[str]:
    """Names of the layers that are called, each by its first call."""
    found: dict[object, str] = {}
    for one in calls:
        found.setdefault(one.attributes["stored"], one.name)
    return [*found.values()]


def _in_several_models(found: Unfolding) -> list[str]:
    """Names of layers with weights that are in several models, with equal settings."""
    first: dict[str, Mapping[str, object]] = {}
    again: dict[str, None] = {}
    for one in found.operations:
        config = _config(one)
        if any(key.endswith("_initializer") for key in config):
            name = str(config.get("name"))
            # Calls of one layer have one and the same settings.
            other = first.setdefault(name, config)
            if other is not config and _plain(other) == _plain(config):
                again[name] = None
    return [*again]


def _plain(config: Mapping[str, object]) -> dict[str, object]:
    """The settings that are no objects: those have numbers of their own where they are shared."""
    return {key: one for key, one in config.items() if not isinstance(one, dict)}


def _config(operation: Operation) -> Mapping[str, object]:
    config = operation.attributes["config"]
    return config if isinstance(config, dict) else {}


def _masks(operation: Operation) -> bool:
    """True for a layer that tells others which steps to skip."""
    return operation.op == MASKING or _config(operation).get("mask_zero") is True


def _policy(config: object) -> str:
    """The name of a layer's dtype policy."""
    held = config.get("dtype") if isinstance(config, dict) else None
    if isinstance(held, dict):
        inner = held.get("config")
        held = inner.get("name") if isinstance(inner, dict) else None
    return held if isinstance(held, str) else ""
