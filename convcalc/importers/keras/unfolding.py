"""Models in models of Keras as one row of operations: each written out where it is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from convcalc.importers.keras.arguments import (
    MalformedError,
    NoLayersError,
    class_of,
    inner_shape,
    mapped,
    shape_of,
    tensors_in,
)
from convcalc.importers.keras.calls import (
    History,
    LayerCalls,
    as_argument,
    calls_of,
    histories,
    in_order,
    layers_of,
)
from convcalc.importers.keras.layer_place import Place
from convcalc.importers.model import Declared, LimitError, Operation
from convcalc.importers.named_arguments import Tensor

MAX_OPERATIONS = 200_000
# Models in models: nobody nests them deeper, or calls them more often.
_MOST_NESTED = 32
_MOST_CALLED = 5_000
# Words of classes that stand for their layer, and are no layer themselves.
INPUT = "InputLayer"
EACH, EACH_END = "TimeDistributed", "TimeDistributed.end"
# Layers that are a function of TensorFlow, with its arguments.
FUNCTIONS = ("TFOpLambda", "SlicingOpLambda")
# Which steps of a sequence are padding, and whether the model is trained.
_MASKS = ("mask", "query_mask", "value_mask", "key_mask")
_TRAINING = "training"
# What only training asks for: its layer is what it does afterwards.
AROUND = ("SpectralNormalization",)


class Given(NamedTuple):
    """What a layer is called with, and how many outputs are asked of it."""

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any] = {}
    outputs: int = 1

    @property
    def tensors(self) -> list[str]:
        """Every tensor in the arguments, in their order."""
        return tensors_in((self.args, tuple(self.kwargs.values())))


class Unfolding:
    """One pass over a configuration: its operations, inputs, and the shapes that it states.

    `masked` are layers that are told which steps are padding, `around` those that are another layer
    with more to do in training.
    """

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self.inputs: dict[str, Declared] = {}
        self.shapes: dict[str, Declared] = {}
        self._made: dict[str, int] = {}
        self._called: dict[str, int] = {}
        self._models = 0
        self.masked: list[str] = []
        self.around: dict[str, None] = {}

    def model(self, found: Mapping[str, Any]) -> list[str]:
        """Every operation of the outermost model; the names of its outputs."""
        if not _is_sequence(found) and not _is_graph(found.get("config")):
            raise NoLayersError(
                f"`{found.get('class_name')}` is a class of its own, of which the file holds no "
                "layers"
            )
        return self._written(found, Place(), None)

    def _written(
        self, found: Mapping[str, Any], place: Place, given: Sequence[str] | None
    ) -> list[str]:
        """A model written out, reading the tensors `given`; None for those of the file itself."""
        if len(place.path) > _MOST_NESTED:
            raise MalformedError("models are nested too deep")
        self._models += 1
        if self._models > _MOST_CALLED:
            raise LimitError(f"calls models in it more than {_MOST_CALLED:,} times")
        config = found.get("config")
        if _is_sequence(found):
            return self._sequence(config, place, given)
        return self._graph(mapped(config, "config"), place, given)

    def _sequence(self, config: object, place: Place, given: Sequence[str] | None) -> list[str]:
        """Layers one behind the other; the first versions of Keras 2 wrote them as a list."""
        held = config if isinstance(config, list) else mapped(config, "config").get("layers")
        layers = layers_of(held)
        tensors = [self._first(config, layers)] if given is None else list(given)
        is_stated = given is None or self._is_as_built(layers[:1], given)
        for layer in layers:
            if layer.kind == INPUT:
                continue
            match tensors:
                case [only] if is_stated:
                    self._state(only, layer.built)
            argument = as_argument([Tensor(one) for one in tensors])
            tensors = self._call(layer, place, Given((argument,)))
        return tensors

    def _first(self, config: object, layers: Sequence[LayerCalls]) -> str:
        """The input of a sequence: a layer of its own, or told by the first one."""
        built = config.get("build_input_shape") if isinstance(config, dict) else None
        name = layers[0].name if layers and layers[0].kind == INPUT else "input"
        for found in (_told_shape(layers[:1], 0), built):
            if found is not None:
                return self._input(name, found)
        raise MalformedError("it has no input shape: it was written before it was built")

    def _input(self, name: str, shape: object) -> str:
        declared = shape_of(shape)
        if not declared:
            raise MalformedError(f"the input `{name}` has no axis for samples")
        if 0 in declared[1:]:
            raise MalformedError(f"the input `{name}` has an axis of 0")
        self.inputs[name] = declared
        return name

    def _graph(
        self, config: Mapping[str, Any], place: Place, given: Sequence[str] | None
    ) -> list[str]:
        layers = {one.name: one for one in layers_of(config.get("layers"))}
        ends = histories(config.get("output_layers"))
        begins = histories(config.get("input_layers"))
        if not ends:
            raise MalformedError("it has no outputs")
        calls = calls_of(layers, ends)
        produced: dict[History, str] = {}
        self._begin(begins, layers, given, produced)
        is_stated = given is None or self._is_as_built([layers[b.layer] for b in begins], given)
        for at in in_order(calls, {(one.layer, one.call) for one in begins}):
            layer, call = layers[at[0]], calls[at]
            read = {history: _produced(history, produced) for history in call.reads}
            args = tuple(_named(one, read) for one in call.args)
            kwargs = {key: _named(one, read) for key, one in call.kwargs.items()}
            if is_stated:
                for history, shape in call.shapes.items():
                    self._state(read[history], shape)
            outputs = self._call(layer, place, Given(args, kwargs, call.outputs))
            for number, tensor in enumerate(outputs):
                produced[History(*at, number)] = tensor
        return [_produced(one, produced) for one in ends]

    def _begin(
        self,
        begins: Sequence[History],
        layers: Mapping[str, LayerCalls],
        given: Sequence[str] | None,
        produced: dict[History, str],
    ) -> None:
        """The inputs of a graph: its own, or the tensors that it is called with."""
        if given is not None and len(given) != len(begins):
            raise MalformedError(f"a model of {len(begins)} inputs is called with {len(given)}")
        for number, one in enumerate(begins):
            layer = layers.get(one.layer)
            if layer is None:
                raise MalformedError(f"the input `{one.layer}` is no layer of it")
            if given is None:
                shape = layer.config.get("batch_shape", layer.config.get("batch_input_shape"))
                produced[one] = self._input(layer.name, shape)
            else:
                produced[one] = given[number]

    def _is_as_built(self, layers: Iterable[LayerCalls], given: Sequence[str]) -> bool:
        """True where a model is called with what it was built for: what it states holds here."""
        own = [
            layer.config.get("batch_shape", layer.config.get("batch_input_shape"))
            for layer in layers
        ]
        stated = [self.shapes.get(one, self.inputs.get(one)) for one in given]
        return len(own) == len(stated) and all(
            shape is not None and shape_of(shape) == its
            for shape, its in zip(own, stated, strict=True)
        )

    def _state(self, tensor: str, shape: Declared | None) -> None:
        if shape is not None:
            self.shapes.setdefault(tensor, shape)

    def _call(self, layer: LayerCalls, place: Place, given: Given) -> list[str]:
        """A call of a layer, or of a model as its layers; the names of its outputs."""
        given = given._replace(kwargs=self._without_masks(layer, given.kwargs))
        inner = place.of(layer)
        number = self._called[inner.name] = self._called.get(inner.name, 0) + 1
        if number > 1:
            # What is called again is a module of its own, with the same weights.
            inner = inner.again(number)
        return self._made_of(layer, inner, given)

    def _without_masks(self, layer: LayerCalls, kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
        """The arguments that say what is done: not those of training, nor which steps to skip."""
        if layer.kind.startswith("ops.") or layer.kind in FUNCTIONS:
            return kwargs
        if any(tensors_in(kwargs.get(name)) for name in _MASKS):
            self.masked.append(layer.name)
        return {key: one for key, one in kwargs.items() if key not in (*_MASKS, _TRAINING)}

    def _made_of(self, layer: LayerCalls, place: Place, given: Given) -> list[str]:
        if _is_sequence(layer.found) or _is_graph(layer.found.get("config")):
            return self._written(layer.found, place, given.tensors)
        each = layer.config.get("layer")
        if layer.kind == EACH and isinstance(each, dict):
            return self._for_each(LayerCalls.of(each), layer, place, given.args)
        if layer.kind in AROUND and isinstance(each, dict):
            self.around[place.name] = None
            inner = place._replace(stored=f"{place.stored}/layer")
            return self._made_of(LayerCalls.of(each), inner, given)
        return self._operation(layer.kind, place, layer.config, given)

    def _for_each(
        self, each: LayerCalls, layer: LayerCalls, place: Place, args: tuple[Any, ...]
    ) -> list[str]:
        """A layer for each step: the steps go to the samples, and come back behind it."""
        given = tensors_in(args)
        if len(given) != 1:
            raise MalformedError(
                f"`{place.name}` does a layer for each step of {len(given)} tensors"
            )
        (steps,) = given
        (folded,) = self._operation(EACH, place, layer.config, Given((Tensor(steps),)))
        self._state(folded, inner_shape(self.shapes.get(steps, self.inputs.get(steps))))
        inner = place._replace(stored=f"{place.stored}/layer")
        made, *_ = self._made_of(each, inner, Given((Tensor(folded),)))
        ended = Given((Tensor(made), Tensor(steps)))
        return self._operation(EACH_END, place, layer.config, ended)

    def _operation(
        self, op: str, place: Place, config: Mapping[str, Any], given: Given
    ) -> list[str]:
        if len(self.operations) >= MAX_OPERATIONS:
            raise LimitError(f"has more than {MAX_OPERATIONS:,} calls of layers")
        number = self._made[place.name] = self._made.get(place.name, 0) + 1
        tensor = place.name if number == 1 else f"{place.name}@{number}"
        names = [tensor if not n else f"{tensor}:{n}" for n in range(given.outputs)]
        self.operations.append(
            Operation(
                op,
                place.name,
                tuple(given.tensors),
                tuple(names),
                {
                    "config": config,
                    "args": given.args,
                    "kwargs": given.kwargs,
                    "layers": place.layers,
                    "stored": place.stored,
                },
                place.path,
                len(self.operations) + 1,
                EACH if op == EACH_END else "",
            )
        )
        return names


def _produced(wanted: History, produced: Mapping[History, str]) -> str:
    """The tensor that a call has given. Raises MalformedError where it gives none there."""
    found = produced.get(wanted)
    if found is None:
        raise MalformedError(f"`{wanted.layer}` has no output {wanted.output}")
    return found


def _named(value: Any, read: Mapping[History, str]) -> Any:
    """An argument with the names of tensors in place of where they come from."""
    if isinstance(value, History):
        return Tensor(read[value])
    if isinstance(value, tuple):
        return tuple(_named(one, read) for one in value)
    if isinstance(value, dict):
        return {key: _named(one, read) for key, one in value.items()}
    return value


def _is_sequence(found: Mapping[str, Any]) -> bool:
    config = found.get("config")
    return class_of(found) == "Sequential" and (
        isinstance(config, list) or (isinstance(config, dict) and "layers" in config)
    )


def _told_shape(layers: Sequence[LayerCalls], depth: int) -> object:
    """The shape that the first layer was given, or the first one in the model that it is."""
    for layer in layers:
        for key in ("batch_shape", "batch_input_shape"):
            if layer.config.get(key) is not None:
                return layer.config[key]
        held = layer.found.get("config")
        inner = held if isinstance(held, list) else layer.config.get("layers")
        if isinstance(inner, list) and depth < _MOST_NESTED:
            return _told_shape([LayerCalls.of(one) for one in inner[:1]], depth + 1)
    return None


def _is_graph(config: object) -> bool:
    return isinstance(config, dict) and "layers" in config and "output_layers" in config
