"""A call of one operator of PyTorch as an exported program, with the numbers that go in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple

from convcalc.arrays.ops import Array
from tests.importers.onnx_cases import Case, W, X, reals
from tests.importers.pt2_bytes import Sizes, archive, node, program


@dataclass(frozen=True)
class Buffer:
    """Stored reals that training does not change."""

    dims: tuple[int, ...]
    is_positive: bool = False


class Call(NamedTuple):
    """A call of an operator with its arguments by name, and the figures that it has by hand.

    A tuple of sizes is what goes in, a list of tuples several of them.
    """

    op: str
    arguments: Mapping[str, Any]
    macs: int = 0
    params: int = 0
    is_opaque: bool = False

    def tensors(self) -> dict[str, Any]:
        """What goes in and what is stored, by name."""
        found: dict[str, Any] = {}
        for name, one in self.arguments.items():
            several = one if isinstance(one, list) and one and not isinstance(one[0], int) else None
            for place, part in enumerate(several or [one]):
                if isinstance(part, tuple | X | W | Buffer):
                    key = f"{name}_{place}" if several else name
                    found[key] = X(part) if isinstance(part, tuple) else part
        return found

    def arrays(self) -> dict[str, Array]:
        """The numbers of all tensors."""
        return {
            name: (
                reals((prod(one.dims),), seed).argsort().reshape(one.dims) % one.limit
                if isinstance(one, X) and one.limit
                else reals(one.dims, seed, one.is_positive)
            )
            for seed, (name, one) in enumerate(self.tensors().items())
        }

    def given(self, of: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments with something for each tensor."""
        found: dict[str, Any] = {}
        for name, one in self.arguments.items():
            parts = [
                key for key in of if key.rpartition("_")[0] == name and key not in self.arguments
            ]
            if name in of:
                found[name] = of[name]
            else:
                found[name] = [of[key] for key in parts] if parts else one
        return found

    def case(self, shapes: Sequence[Sizes]) -> Case:
        """The file, whose outputs have these shapes."""
        tensors, arrays = self.tensors(), self.arrays()
        names = [f"y{place}" for place in range(len(shapes))]
        outputs: str | list[str] = names if len(names) > 1 else names[0]
        made = node(
            f"aten.{self.op}", outputs, **self.given({name: f"%{name}" for name in tensors})
        )
        inputs = {name: one.dims for name, one in tensors.items() if isinstance(one, X)}
        learnt = {name: (name, one.dims) for name, one in tensors.items() if isinstance(one, W)}
        kept = {name: (name, one.dims) for name, one in tensors.items() if isinstance(one, Buffer)}
        shaped = dict(zip(names, shapes, strict=True))
        found = program([made], inputs, names, shaped, learnt, buffers=kept)
        for name, one in tensors.items():
            if isinstance(one, X) and one.limit:
                found["graph_module"]["graph"]["tensor_values"][name]["dtype"] = 5
        data = archive(found, more=weights({name: arrays[name] for name in (*learnt, *kept)}))
        feeds = {name: arrays[name] for name in inputs}
        return Case(data, feeds, self.params, self.macs, self.is_opaque)


def weights(arrays: Mapping[str, Array]) -> dict[str, bytes]:
    """The entries of an archive that hold these arrays."""
    config = {
        name: {
            "path_name": name,
            "use_pickle": False,
            "tensor_meta": {
                "strides": [{"as_int": step // x.itemsize} for step in x.strides],
                "storage_offset": {"as_int": 0},
            },
        }
        for name, x in arrays.items()
    }
    entries = {f"data/weights/{name}": x.tobytes() for name, x in arrays.items()}
    return entries | {
        "data/weights/model_weights_config.json": json.dumps({"config": config}).encode()
    }


def aten(op: str, *, macs: int = 0, opaque: bool = False, **arguments: Any) -> Call:
    """A call; all that is stored as `W` is learnt."""
    learnt = sum(prod(one.dims) for one in arguments.values() if isinstance(one, W))
    return Call(op, arguments, macs, learnt, opaque)
