"""What is written into a look at a tensor is read by every other look at it: as in numpy's views.

Source: the semantics of views, torch.Tensor.view and numpy's basic slicing, which are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import convcalc
from convcalc.arrays.ops import Array
from convcalc.importers.network import ForeignNetwork
from tests.each import each
from tests.importers.pt2_bytes import archive, node, program
from tests.importers.recorded import as_tensor, given

X = np.cos(np.arange(42.0)).reshape(1, 2, 7, 3)
Look = tuple[str, dict[str, Any], Callable[[Array], Array]]

LOOKS: dict[str, Look] = {
    "a span": ("slice", {"dim": 2, "start": 1, "end": 4}, lambda v: v[:, :, 1:4]),
    "the first rows": ("slice", {"dim": 2, "end": 2}, lambda v: v[:, :, :2]),
    "the last rows": ("slice", {"dim": 2, "start": -2}, lambda v: v[:, :, -2:]),
    "every second row": ("slice", {"dim": 2, "start": 1, "step": 2}, lambda v: v[:, :, 1::2]),
    "every third row": ("slice", {"dim": 2, "step": 3}, lambda v: v[:, :, ::3]),
    "a channel": ("select", {"dim": 1, "index": -1}, lambda v: v[:, -1]),
    "a column": ("select", {"dim": -1, "index": 1}, lambda v: v[..., 1]),
    "narrowed": ("narrow", {"dim": -2, "start": 2, "length": 3}, lambda v: v[..., 2:5, :]),
    "turned": ("transpose", {"dim0": 1, "dim1": -1}, lambda v: v.swapaxes(1, -1)),
    "permuted": ("permute", {"dims": [0, 2, -1, 1]}, lambda v: v.transpose(0, 2, 3, 1)),
    "flattened": ("flatten", {"start_dim": 1}, lambda v: v.reshape(1, -1)),
    "cut": ("unflatten", {"dim": 1, "sizes": [1, -1]}, lambda v: v.reshape(1, 1, *v.shape[1:])),
    "swapped": ("swapaxes", {"axis0": -1, "axis1": 1}, lambda v: v.swapaxes(-1, 1)),
    "rows for columns": ("mT", {}, lambda v: v.swapaxes(-1, -2)),
    "moved": (
        "movedim",
        {"source": [1, 2], "destination": [-1, 1]},
        lambda v: np.moveaxis(v, [1, 2], [-1, 1]),
    ),
    "cut off": ("detach", {}, lambda v: v),
    "with an axis more": ("unsqueeze", {"dim": 2}, lambda v: v[:, :, None]),
}
CHAINS = [
    *((name,) for name in LOOKS), ("turned", "a span"), ("permuted", "every second row"),
    ("a span", "a channel"), ("every second row", "turned"), ("turned", "a column"),
    ("permuted", "a channel"), ("with an axis more", "narrowed"), ("cut", "turned"),
    ("a span", "permuted", "a column"), ("moved", "a channel"), ("rows for columns", "cut off"),
]  # fmt: skip


@each("chain", CHAINS)
def test_what_is_written_into_a_look_is_read_by_all(chain: tuple[str, ...]) -> None:
    """Twice the last of several looks: in the whole, in each look, and in another one of before."""
    base = X * 1.5
    views, names = [base], ["base"]
    nodes = [
        node("aten.mul", "base", self="%x", other=1.5),
        node("aten.transpose", "beside", self="%base", dim0=1, dim1=2),
    ]
    for at, name in enumerate(chain):
        op, arguments, view = LOOKS[name]
        nodes.append(node(f"aten.{op}", f"look{at}", self=f"%{names[-1]}", **arguments))
        views.append(view(views[-1]))
        names.append(f"look{at}")
    beside = base.swapaxes(1, 2)
    views[-1] *= 2
    assert all(np.shares_memory(one, base) for one in views)
    nodes.append(node("aten.mul_", "written", self=f"%{names[-1]}", other=2.0))
    read = dict(zip([*names, "beside"], [*views, beside], strict=True))
    nodes += [node("aten.add", f"y_{name}", self=f"%{name}", other=1.0) for name in read]
    shapes = {f"y_{name}": [*one.shape] for name, one in read.items()}
    found = program(nodes, {"x": [*X.shape]}, [*shapes], shapes)
    network = convcalc.loads(archive(found), "net.pt2")
    assert isinstance(network, ForeignNetwork)
    got = convcalc.run(network, given(network, [X]))
    for name, wanted in read.items():
        assert np.allclose(as_tensor(network, f"y_{name}", got), wanted + 1, atol=1e-5), name


PARTS: dict[str, tuple[str, dict[str, Any], Callable[[Array], list[Array]]]] = {
    "chunks": ("chunk", {"chunks": 3, "dim": -2},
               lambda v: [v[:, :, :3], v[:, :, 3:6], v[:, :, 6:]]),
    "parts of two": ("split", {"split_size": 2, "dim": 3}, lambda v: [v[..., :2], v[..., 2:]]),
    "parts of sizes": ("split_with_sizes", {"split_sizes": [1, 4, 2], "dim": 2},
                       lambda v: [v[:, :, :1], v[:, :, 1:5], v[:, :, 5:]]),
    "cut at places": ("tensor_split", {"indices": [1], "dim": 1}, lambda v: [v[:, :1], v[:, 1:]]),
    "columns": ("unbind", {"dim": -1}, lambda v: [v[..., 0], v[..., 1], v[..., 2]]),
}  # fmt: skip


@each("name", PARTS)
@each("into", ["a part", "the whole"])
def test_what_is_written_into_a_part_is_read_by_the_whole_and_the_other_way(
    name: str, into: str
) -> None:
    op, arguments, parted = PARTS[name]
    base = X * 1.5
    parts = parted(base)
    names = [f"part{at}" for at in range(len(parts))]
    target = 1 if into == "a part" else None
    (base if target is None else parts[target])[:] *= 2
    nodes = [
        node("aten.mul", "base", self="%x", other=1.5),
        node(f"aten.{op}", names, self="%base", **arguments),
        node("aten.mul_", "written", self="%base" if target is None else "%part1", other=2.0),
    ]
    read = dict(zip(["base", *names], [base, *parts], strict=True))
    nodes += [node("aten.add", f"y_{one}", self=f"%{one}", other=1.0) for one in read]
    shapes = {one: [*read[one].shape] for one in read}
    shapes |= {f"y_{one}": shape for one, shape in shapes.items()}
    found = program(nodes, {"x": [*X.shape]}, [f"y_{one}" for one in read], shapes)
    network = convcalc.loads(archive(found), "net.pt2")
    assert isinstance(network, ForeignNetwork)
    got = convcalc.run(network, given(network, [X]))
    for one, wanted in read.items():
        assert np.allclose(as_tensor(network, f"y_{one}", got), wanted + 1, atol=1e-5), one
