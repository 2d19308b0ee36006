"""Keras: archives (`.keras`), and the JSON of `to_json`, of Keras 2 and 3.

Neither holds code that is run: a layer is its class by name, and the fields that it was made with.
"""

from __future__ import annotations

import io

from convcalc.core.errors import Problem, StackError
from convcalc.core.shapes import MAX_RANK
from convcalc.importers import archives
from convcalc.importers.keras.config import MalformedError, read_config
from convcalc.importers.keras.walk import KerasWalk
from convcalc.importers.keras.weights import weights_of
from convcalc.importers.model import Model, dims_of
from convcalc.importers.network import ForeignNetwork, InputAxes
from convcalc.kinds.base.field_values import escaped
from convcalc.network import stem

# Which Keras wrote an archive.
_TOLD = "metadata.json"
_SAVED = "save it again: model.save(file), with a name that ends in .keras"
_WRITTEN = "write it again: open(file, 'w').write(model.to_json())"


def read(data: bytes, file: str, path: str) -> ForeignNetwork:
    """The network in an archive, at `path` or in `data`, or in the JSON that `data` is.

    Raises StackError with what is wrong with it.
    """
    name = stem(file).removesuffix(".keras").removesuffix(".json")
    is_archive = data.startswith(b"PK")
    try:
        if not is_archive:
            return _network(read_config(archives.mapping(data), file, name))
        with open(path, "rb") if path else io.BytesIO(data) as stream:
            archive = archives.Archive(stream, file, _SAVED, "save a part of the model")
            weights = weights_of(archive, data, path)
            told = archive.json(_TOLD) if _TOLD in archive.entries else {}
            found = {**told, **archive.json("config.json")}
            return _network(read_config(found, file, name, weights))
    except MalformedError as error:
        raise _broken(str(error), _SAVED if is_archive else _WRITTEN, file) from error
    except ValueError as error:
        raise _broken(f"the file {error}", _WRITTEN, file) from error


def _broken(why: str, help: str, file: str) -> StackError:
    message = escaped(f"this is no whole Keras model: {why}")
    return StackError([Problem("broken-model", message, help=help, file=file)])


def _network(model: Model) -> ForeignNetwork:
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
        if len(order) > 1 + MAX_RANK:
            message = (
                f"input `{name}` has {len(order)} axes beside its samples; {1 + MAX_RANK} are read"
            )
            help = "join those that no layer tells apart"
            raise StackError([Problem("wrong-rank", escaped(message), help=help, file=model.file)])
        axes.append(
            InputAxes(name, dims_of(declared), 0, order if is_first else order[-1:] + order[:-1])
        )
    return ForeignNetwork(model, KerasWalk, tuple(axes))
