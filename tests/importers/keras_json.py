"""Configurations of Keras models, written by hand as `to_json` of Keras 2 and 3 write them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import convcalc

Shape = Sequence[int | None]
# A tensor: the layer that it comes from, its call, and its number among the outputs.
From = tuple[str, int, int]


def layer(kind: str, name: str = "", module: str = "keras.layers", **config: Any) -> dict[str, Any]:
    """A layer of a sequence."""
    name = name or kind.lower()
    return {"module": module, "class_name": kind, "config": {"name": name, **config}, "name": name}


def source(name: str, *sizes: int | None) -> dict[str, Any]:
    """An input of Keras 3; its samples are open."""
    return {**layer("InputLayer", name, batch_shape=[None, *sizes]), "inbound_nodes": []}


def tensor(one: From, shape: Shape = ()) -> dict[str, Any]:
    """A tensor as Keras 3 writes it among the arguments; no shape is none that is known."""
    config = {"shape": [None, *shape], "dtype": "float32", "keras_history": list(one)}
    if not shape:
        del config["shape"]
    return {"class_name": "__keras_tensor__", "config": config}


def called(
    found: Mapping[str, Any], *calls: Sequence[From | str | dict[str, Any]], **kwargs: Any
) -> dict[str, Any]:
    """A layer of a graph of Keras 3; each call is what it reads, several tensors as a list."""
    nodes = []
    for reads in calls:
        given = [_three(one) for one in reads]
        args = given if len(given) == 1 else [given]
        nodes.append({"args": args, "kwargs": kwargs})
    return {**found, "inbound_nodes": nodes}


def _three(one: From | str | dict[str, Any]) -> dict[str, Any]:
    if isinstance(one, dict):
        return one
    return tensor((one, 0, 0) if isinstance(one, str) else one)


def graph(
    layers: Sequence[Mapping[str, Any]], inputs: Sequence[str], outputs: Sequence[str], name: str
) -> dict[str, Any]:
    """A functional model of Keras 3."""
    config = {
        "name": name,
        "layers": list(layers),
        "input_layers": [[one, 0, 0] for one in inputs],
        "output_layers": [[one, 0, 0] for one in outputs],
    }
    return {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": config,
        "registered_name": "Functional",
        "name": name,
    }


def sequence(layers: Sequence[Mapping[str, Any]], name: str = "sequential") -> dict[str, Any]:
    """A sequence of Keras 3."""
    config = {"name": name, "layers": list(layers)}
    return {"module": "keras", "class_name": "Sequential", "config": config, "name": name}


def of_one(sizes: Shape, kind: str, **config: Any) -> dict[str, Any]:
    """A sequence of one layer."""
    return sequence([source("x", *sizes), layer(kind, "layer", **config)])


def two(kind: str, name: str, inbound: object = None, **config: Any) -> dict[str, Any]:
    """A layer of Keras 2, with the lists of what it reads where it stands in a graph."""
    found: dict[str, Any] = {"class_name": kind, "config": {"name": name, **config}}
    return found if inbound is None else {**found, "name": name, "inbound_nodes": inbound}


def written(found: Mapping[str, Any]) -> bytes:
    """The bytes of `model.json`."""
    return json.dumps(found).encode()


def archive(found: Mapping[str, Any], weights: bytes = b"", packed: bool = False) -> bytes:
    """The bytes of a `.keras` file, with the HDF5 file of its weights or without."""
    stream = io.BytesIO()
    how = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    parts: dict[str, str | bytes] = {
        "metadata.json": json.dumps({"keras_version": "3.15.1"}),
        "config.json": json.dumps(found),
    }
    if weights:
        parts["model.weights.h5"] = weights
    with zipfile.ZipFile(stream, "w", how) as opened:
        for name, part in parts.items():
            # With the first date that an archive knows, so that the bytes are the same each time.
            entry = zipfile.ZipInfo(name)
            entry.compress_type = how
            opened.writestr(entry, part)
    return stream.getvalue()


def operation(kind: str, name: str, **config: Any) -> dict[str, Any]:
    """A call of a function of `keras.ops`."""
    return layer(kind, name, "keras.src.ops.numpy", **config)


def graph_of(
    *layers: dict[str, Any], inputs: dict[str, tuple[int, ...]], output: str
) -> dict[str, Any]:
    """A functional model of these layers, of one output, with a layer for each input."""
    sources = [source(name, *sizes) for name, sizes in inputs.items()]
    return graph([*sources, *layers], list(inputs), [output], "net")


def with_array(word: str, values: object) -> dict[str, Any]:
    """A layer `out` of x, of three axes, and an array that stands in its call."""
    found = called(operation(word, "out"), ["x"])
    held = {"value": values, "dtype": "float32"}
    found["inbound_nodes"][0]["args"].append({"class_name": "__numpy__", "config": held})
    return graph_of(found, inputs={"x": (2, 3, 2)}, output="out")


DIGITS = sequence(
    [
        source("image", 28, 28, 1),
        layer("Conv2D", "conv", filters=4, kernel_size=[3, 3], activation="relu"),
        layer("MaxPooling2D", "pool", pool_size=[2, 2], strides=[2, 2], padding="valid"),
        layer("Dropout", "drop", rate=0.5),
        layer("Flatten", "flat"),
        layer("Dense", "out", units=10, activation="softmax"),
    ]
)


# A dense layer, which shows what the last axis before it is.
ONE = layer("Dense", "one", units=1)


def plan_of(found: dict[str, Any], **options: object) -> convcalc.Plan:
    """The plan of a configuration."""
    return convcalc.plan(convcalc.loads(written(found), "net.json"), **options)  # type: ignore[arg-type]


def output(plan: convcalc.Plan) -> tuple[int, ...]:
    """The shape that comes out last, channels first."""
    return plan.rows[-1].output
