"""Keras: archives (`.keras`), HDF5 files (`.h5`), and the JSON of `to_json`, of Keras 2 and 3.

Neither holds code that is run: a layer is its class by name, and the fields that it was made with.
"""

from __future__ import annotations

import io
import re
import struct
from typing import BinaryIO

from convcalc.core.errors import Problem, StackError
from convcalc.importers import archives
from convcalc.importers.input_axes import InputAxes
from convcalc.importers.keras.arguments import MalformedError, NoLayersError
from convcalc.importers.keras.config import KerasModel, read_config
from convcalc.importers.keras.hdf5 import MAGIC as HDF5
from convcalc.importers.keras.hdf5 import BrokenError
from convcalc.importers.keras.pieces import found_again
from convcalc.importers.keras.walk import KerasWalk
from convcalc.importers.keras.weights import Weights, by_names, reading, weights_of
from convcalc.importers.model import dims_of
from convcalc.importers.network import ForeignNetwork
from convcalc.kinds.base.field_values import escaped
from convcalc.network import stem

# Which Keras wrote an archive.
_TOLD = "metadata.json"
_SAVED = "save it again: model.save(file), with a name that ends in .keras"
_SAVED_AGAIN = 'in Python: keras.models.load_model("model.h5").save("model.keras"), and give that'
_WEIGHTS = (
    'build the model in Python, then: model.load_weights("model.h5"); model.save("model.keras"), '
    "and give that"
)
_EXPORTED = 'in Python: model.export("model.onnx", format="onnx"), and give that'
_WRITTEN = "write it again: open(file, 'w').write(model.to_json())"


def read(data: bytes, file: str, path: str) -> ForeignNetwork:
    """The network in an archive or HDF5 file, at `path` or in `data`, or in the JSON of `data`.

    Raises StackError with what is wrong with it.
    """
    name = re.sub(r"\.(keras|json|h5|hdf5)$", "", stem(file))
    is_text = not data.startswith((b"PK", HDF5))
    try:
        if is_text:
            return _network(read_config(archives.mapping(data), file, name))
        with open(path, "rb") if path else io.BytesIO(data) as stream:
            if data.startswith(HDF5):
                return _network(_of_hdf5(stream, data, file, path, name))
            archive = archives.Archive(stream, file, _SAVED, "save a part of the model")
            weights = weights_of(archive, data, path)
            told = archive.json(_TOLD) if _TOLD in archive.entries else {}
            found = {**told, **archive.json("config.json")}
            return _network(read_config(found, file, name, weights))
    except NoLayersError as error:
        raise _broken(str(error), _EXPORTED, file) from error
    except MalformedError as error:
        raise _broken(str(error), _WRITTEN if is_text else _SAVED, file) from error
    except BrokenError as error:
        raise _broken(str(error), _SAVED_AGAIN, file) from error
    except struct.error as error:
        raise _broken("it ends within what it says it holds", _SAVED_AGAIN, file) from error
    except ValueError as error:
        raise _broken(f"the file {error}", _WRITTEN, file) from error


def _of_hdf5(stream: BinaryIO, data: bytes, file: str, path: str, name: str) -> KerasModel:
    """The model in an HDF5 file: its configuration is an attribute, beside its weights."""
    length = stream.seek(0, 2)
    weights = Weights(path, b"" if path else data, 0, length, by_names)
    told = weights.opened(reading(stream)).texts()
    if "model_config" not in told:
        message = "this is an HDF5 file without a model of Keras: weights, or other data"
        raise StackError([Problem("foreign-format", message, help=_WEIGHTS, file=file)])
    try:
        found = archives.mapping(told["model_config"].encode())
    except ValueError as error:
        raise MalformedError(f"`model_config` {error}") from error
    version = told.get("keras_version")
    return read_config({"keras_version": version, **found}, file, name, weights)


def _broken(why: str, help: str, file: str) -> StackError:
    message = escaped(f"this is no whole Keras model: {why}")
    return StackError([Problem("broken-model", message, help=help, file=file)])


def _network(model: KerasModel) -> ForeignNetwork:
    """The network of a model; the first axis of each input is its batch.

    The last one is read first, as channels, unless a layer of the model has them before the map.
    """
    is_first = any(
        one.attributes["config"].get("data_format") == "channels_first"  # type: ignore[attr-defined]
        for one in model.operations
    )
    axes = []
    for name, declared in model.inputs.items():
        order = tuple(range(1, len(declared)))
        axes.append(
            InputAxes(name, dims_of(declared), 0, order if is_first else order[-1:] + order[:-1])
        )
    return ForeignNetwork(found_again(model), KerasWalk, tuple(axes))
