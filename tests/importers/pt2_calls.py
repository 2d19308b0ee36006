"""A call of one operator of PyTorch as an exported program, with the numbers that go in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
    one gives, whose shape is `stated` where the file says it. What stands among the arguments in
    several places is one tensor, if it is no tuple.
    """

    op: str
    arguments: Mapping[str, Any]
    macs: int = 0
    params: int = 0
    is_opaque: bool = False
    stated: tuple[int, ...] | None = None
    # The type of what comes out, by its number in PyTorch's schema.
    element: int = REAL
    # How many tensors come out, of which the first is the one that another call reads.
    results: int = 1

    def tensors(self) -> dict[str, Any]:
        """What goes in and what is stored, by name."""
        return dict(self._tensors("", set()))

    def _tensors(self, within: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
        for key, part in self._parts():
            is_again = id(part) in seen
            if isinstance(part, Call | X | W | Buffer):
                seen.add(id(part))
            if isinstance(part, Call):
                yield from () if is_again else part._tensors(f"{within}{key}_", seen)
            elif isinstance(part, tuple):
                yield within + key, X(part)
            elif isinstance(part, X | W | Buffer) and not is_again:
                yield within + key, part

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

    def given(
        self,
        of: Mapping[str, Any],
        made: Made,
        within: str = "",
        known: dict[int, Any] | None = None,
    ) -> dict[str, Any]:
        """The arguments with something for each tensor, and what is `made` of each call."""
        known = {} if known is None else known
        parts: dict[str, Any] = {}
        for key, part in self._parts():
            name = within + key
            if id(part) in known:
                parts[key] = known[id(part)]
                continue
            if isinstance(part, Call):
                parts[key] = made(name, part, part.given(of, made, f"{name}_", known))
            else:
                parts[key] = of.get(name, part)
            if isinstance(part, Call | X | W | Buffer):
                known[id(part)] = parts[key]
        return {
            name: (
                [parts[f"{name}_{place}"] for place in range(len(one))]
                if _is_list(one)
                else parts[name]
            )
            for name, one in self.arguments.items()
        }

    def of_samples(self, count: int, known: dict[int, Any] | None = None) -> Call:
        """The call of so many samples, where it is of one: of all tensors, and of shapes."""
        known = {} if known is None else known

        def of(word: str, one: Any) -> Any:
            if id(one) in known:
                return known[id(one)]
            if isinstance(one, Call):
                found: Any = one.of_samples(count, known)
            elif isinstance(one, X):
                found = replace(one, dims=_of_samples(one.dims, count))
            elif _is_list(one):
                found = [of(word, part) for part in one]
            else:
                is_shape = isinstance(one, tuple) or word in ("size", "shape")
                return _of_samples(one, count) if is_shape else one
            known[id(one)] = found
            return found

        arguments = {word: of(word, one) for word, one in self.arguments.items()}
        stated = _of_samples(self.stated, count) if self.stated else None
        return self._replace(arguments=arguments, stated=stated)

    def case(self, shapes: Sequence[Sizes]) -> Case:
        """The file, whose outputs have these shapes."""
        tensors, arrays = self.tensors(), self.arrays()
        names = [f"y{place}" for place in range(len(shapes))]
        outputs: str | list[str] = names if len(names) > 1 else names[0]
        nodes = []
        shaped: dict[str, Sizes] = dict(zip(names, shapes, strict=True))
        types = dict.fromkeys(names, self.element)

        def made(name: str, call: Call, given: dict[str, Any]) -> str:
            more = [f"{name}_beside_{place}" for place in range(1, call.results)]
            nodes.append(node(f"aten.{call.op}", [name, *more] if more else name, **given))
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


def _of_samples(dims: Any, count: int) -> Any:
    first, *rest = dims
    return type(dims)([count if first == 1 else first, *rest])


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
                # Behind what belongs to others.
                "storage_offset": {"as_int": 2},
            },
        }
        for name, x in arrays.items()
    }
    entries = {
        f"data/weights/{name}": bytes(2 * x.itemsize) + x.tobytes() for name, x in arrays.items()
    }
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
    results: int = 1,
    **arguments: Any,
) -> Call:
    """A call; all that is stored as `W` is learnt."""
    call = Call(op, arguments, macs, 0, opaque, stated, element, results)
    stored = [one for one in call.tensors().values() if isinstance(one, W)]
    return call._replace(params=sum(prod(one.dims) for one in stored))


def folded(*dims: int) -> Call:
    """What goes in, its first axis behind the sample joined to the batch."""
    return aten("flatten", self=(1, *dims), start_dim=0, end_dim=1, stated=(dims[0], *dims[1:]))
