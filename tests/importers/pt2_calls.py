"""A call of one operator of PyTorch as an exported program, with the numbers that go in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple

from convcalc.arrays.ops import Array
from tests.importers.onnx_cases import Case, W, X, reals
from tests.importers.pt2_bytes import Sizes, archive, node, program

REAL, WHOLE, TRUTH = 7, 5, 12


@dataclass(frozen=True)
class Buffer:
    """Stored reals that training does not change."""

    dims: tuple[int, ...]
    is_positive: bool = False


class Call(NamedTuple):
    """A call of an operator with its arguments by name, and the figures that it has by hand.

    A tuple of sizes is what goes in, a list of tuples several of them; another call is what that
    one gives, whose shape is `stated` where the file says it.
    """

    op: str
    arguments: Mapping[str, Any]
    macs: int = 0
    params: int = 0
    is_opaque: bool = False
    stated: tuple[int, ...] | None = None
    # The type of what comes out, by its number in PyTorch's schema.
    element: int = REAL

    def tensors(self) -> dict[str, Any]:
        """What goes in and what is stored, by name."""
        found: dict[str, Any] = {}
        for key, part in self._parts():
            if isinstance(part, Call):
                found |= {f"{key}_{name}": one for name, one in part.tensors().items()}
            elif isinstance(part, tuple | X | W | Buffer):
                found[key] = X(part) if isinstance(part, tuple) else part
        return found

    def _parts(self) -> list[tuple[str, Any]]:
        """Each argument by name, and each part of one that is a list of tensors."""
        found = []
        for name, one in self.arguments.items():
            if _is_list(one):
                found += [(f"{name}_{place}", part) for place, part in enumerate(one)]
            else:
                found.append((name, one))
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

    def given(self, of: Mapping[str, Any], made: Made, within: str = "") -> dict[str, Any]:
        """The arguments with something for each tensor, and what is `made` of each call."""
        parts = {
            key: (
                made(within + key, part, part.given(of, made, f"{within}{key}_"))
                if isinstance(part, Call)
                else of.get(within + key, part)
            )
            for key, part in self._parts()
        }
        return {
            name: (
                [parts[f"{name}_{place}"] for place in range(len(one))]
                if _is_list(one)
                else parts[name]
            )
            for name, one in self.arguments.items()
        }

    def case(self, shapes: Sequence[Sizes]) -> Case:
        """The file, whose outputs have these shapes."""
        tensors, arrays = self.tensors(), self.arrays()
        names = [f"y{place}" for place in range(len(shapes))]
        outputs: str | list[str] = names if len(names) > 1 else names[0]
        nodes = []
        shaped: dict[str, Sizes] = dict(zip(names, shapes, strict=True))
        types = dict.fromkeys(names, self.element)

        def made(name: str, call: Call, given: dict[str, Any]) -> str:
            nodes.append(node(f"aten.{call.op}", name, **given))
            if call.stated is not None:
                shaped[name], types[name] = call.stated, call.element
            return f"%{name}"

        given = self.given({name: f"%{name}" for name in tensors}, made)
        nodes.append(node(f"aten.{self.op}", outputs, **given))
        inputs = {name: one.dims for name, one in tensors.items() if isinstance(one, X)}
        learnt = {name: (name, one.dims) for name, one in tensors.items() if isinstance(one, W)}
        kept = {name: (name, one.dims) for name, one in tensors.items() if isinstance(one, Buffer)}
        found = program(nodes, inputs, names, shaped, learnt, buffers=kept)
        types |= {n: WHOLE for n, one in tensors.items() if isinstance(one, X) and one.limit}
        for name, number in types.items():
            found["graph_module"]["graph"]["tensor_values"][name]["dtype"] = number
        data = archive(found, more=weights({name: arrays[name] for name in (*learnt, *kept)}))
        feeds = {name: arrays[name] for name in inputs}
        return Case(data, feeds, self.params, self.macs, self.is_opaque)


# What is made of a call that is an argument, by its name and with its own arguments.
Made = Callable[[str, Call, dict[str, Any]], Any]


def _is_list(one: Any) -> bool:
    return isinstance(one, list) and bool(one) and not isinstance(one[0], int | float)


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


def aten(
    op: str,
    *,
    macs: int = 0,
    opaque: bool = False,
    stated: tuple[int, ...] | None = None,
    element: int = REAL,
    **arguments: Any,
) -> Call:
    """A call; all that is stored as `W` is learnt."""
    call = Call(op, arguments, macs, 0, opaque, stated, element)
    stored = [one for one in call.tensors().values() if isinstance(one, W)]
    return call._replace(params=sum(prod(one.dims) for one in stored))
