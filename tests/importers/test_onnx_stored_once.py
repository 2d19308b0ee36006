"""Equal arrays that the dynamo exporter stores once: whose each is, counted by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import convcalc
from convcalc.importers.model import Module, Operation
from convcalc.importers.network import ForeignNetwork
from convcalc.importers.onnx.origins import origins
from convcalc.importers.onnx.read_by_modules import by_modules
from convcalc.importers.onnx.reader import Graph
from convcalc.network.held import Held, Written
from tests.each import each
from tests.importers.onnx_bytes import model, node, tensor
from tests.importers.onnx_parameters import NODE, SCOPES, network_of, said

A, B = "a.bias", "b.bias"


def signature(*targets: str, buffers: Sequence[str] = ()) -> dict[str, str]:
    """What the file says of the program: placeholders of parameters, and of buffers."""
    lines = [f"p_{target.replace('.', '_')}: PARAMETER target='{target}'" for target in targets]
    lines += [
        f"b_{target.replace('.', '_')}: BUFFER target='{target}' persistent=True"
        for target in buffers
    ]
    return dict.fromkeys(said(), "\n".join([*lines, "x: USER_INPUT"]))


def told(module: str, *nodes: str) -> dict[str, str]:
    """What the file says of an operation: its module, and what the program's node reads."""
    read = ", ".join(f"%{one}" for one in nodes)
    return {SCOPES: f"['', '{module}', 'op']", NODE: f"%op : [n] = call[t](args = ({read}))"}


def cut_for_two(order: Sequence[str], stored: str = A, last: str = "b") -> ForeignNetwork:
    """A bias of 6, cut in 4 and 2 of which two modules add both to parts of what goes in."""
    nodes = [
        node("Split", [stored, "sizes"], ["first", "second"], "parts", axis=0),
        node("Add", ["x", "first"], ["a4"], "add", told("a", "x", "getitem")),
        node("Add", ["z", "second"], ["a2"], "add_1", told("a", "z", "getitem_1")),
        node("Add", ["a4", "first"], ["b4"], "add_2", told(last, "a4", "getitem_2")),
        node("Add", ["a2", "second"], ["b2"], "add_3", told(last, "a2", "getitem_3")),
    ]
    weights = {stored: (6,), "sizes": tensor("sizes", [2], [4, 2], "int64")}
    inputs = {"x": [1, 4], "z": [1, 2]}
    return network_of(model(nodes, inputs, ["b4", "b2"], weights, said=signature(*order)))


@each(
    ("order", "stored", "last", "params"),
    [
        ((A, B), A, "b", 12),
        # Tied ones have the last placeholder of theirs.
        ((A, B), B, "b", 6),
        # One module called twice, and one that has no parameter of the role.
        ((A, B), A, "a", 6),
        ((A, B), A, "c", 6),
        ((A,), A, "b", 6),
    ],
)
def test_parts_of_equal_biases_are_those_of_the_modules_that_read_them(
    order: tuple[str, ...], stored: str, last: str, params: int
) -> None:
    assert convcalc.plan(cut_for_two(order, stored, last)).totals.params == params


def test_a_bias_that_one_module_reads_whole_and_another_in_parts_is_one_each() -> None:
    nodes = [
        node("Split", [A, "sizes"], ["first", "second"], "parts", axis=0),
        node("Add", ["x", "first"], ["a4"], "add", told("a", "x", "getitem")),
        node("Add", ["z", "second"], ["a2"], "add_1", told("a", "z", "getitem_1")),
        node("Concat", ["a4", "a2"], ["all"], "cat", told("", "a4", "a2"), axis=1),
        node("Add", ["all", A], ["y"], "add_2", told("b", "all", "p_b_bias")),
    ]
    weights = {A: (6,), "sizes": tensor("sizes", [2], [4, 2], "int64")}
    inputs = {"x": [1, 4], "z": [1, 2]}
    network = network_of(model(nodes, inputs, ["y"], weights, said=signature(A, B)))
    assert convcalc.plan(network).totals.params == 12
    assert network.notes == (
        "parameters as the module has them: 1 array is stored under the name of another of equal "
        "numbers, such as the ones and zeros of a model without training: `b.bias`",
    )


ONES = tensor("g", [6], [1.0] * 6)


@each(
    ("op", "inputs", "read", "kind"),
    [
        (
            "BatchNormalization",
            ["m", "g", "n.mean", "n.mean", "g"],
            ("m", "b_n_mean", "b_n_var"),
            "batch_norm",
        ),
        ("LayerNormalization", ["m", "g", "val"], ("m",), "layer_norm"),
        ("LayerNormalization", ["m", "g"], ("m",), "layer_norm"),
    ],
)
def test_ones_of_a_norm_that_learns_nothing_are_no_factor_beside_it(
    op: str, inputs: list[str], read: tuple[str, ...], kind: str
) -> None:
    """They are one array with a learnt factor that has not been trained."""
    nodes = [
        node("Mul", ["x", "g"], ["m"], "mul", told("", "x", "p_g")),
        node(op, inputs, ["y"], "norm", told("n", *read)),
    ]
    weights = {"g": ONES, "n.mean": (6,), "val": (6,)}
    about = signature("g", buffers=("n.mean", "n.var"))
    network = network_of(model(nodes, {"x": [1, 6]}, ["y"], weights, said=about))
    rows = [(row.kind, row.params) for row in convcalc.plan(network)]
    assert rows == [("scale", 6), (kind, 0)]
    assert not [one for one in network.notes if "not learnt" in one]


@each(
    ("op", "dims", "fields", "kind"),
    [
        ("GroupNormalization", [1, 6, 5], {"num_groups": 2}, "group_norm"),
        ("LayerNormalization", [1, 5, 6], {}, "layer_norm"),
        ("BatchNormalization", [1, 6, 5], {}, "batch_norm"),
    ],
)
def test_ones_and_zeros_that_the_exporter_put_there_are_learnt_by_no_norm(
    op: str, dims: list[int], fields: dict[str, Any], kind: str
) -> None:
    inputs = ["x", "val_1", "val_2", *(["n.mean", "n.var"] if kind == "batch_norm" else [])]
    nodes = [node(op, inputs, ["y"], "norm", told("n", "x"), **fields)]
    ones = tensor("val_1", [6], [1.0] * 6)
    weights = {"val_1": ones, "val_2": (6,), "n.mean": (6,), "n.var": (6,)}
    network = network_of(model(nodes, {"x": dims}, ["y"], weights, opset=21, said=signature("g")))
    assert [(row.kind, row.params) for row in convcalc.plan(network)] == [(kind, 0)]


@each(
    ("read", "kind", "params"),
    [
        # A buffer of ones; what the exporter put there; a copy that it took out.
        (("m", "b_n_mask"), "constant", 6),
        (("m",), "constant", 6),
        (("m", "detach"), "scale", 6),
        (("m", "p_g"), "scale", 6),
    ],
)
def test_what_is_equal_to_a_parameter_is_learnt_as_far_as_the_program_reads_that(
    read: tuple[str, ...], kind: str, params: int
) -> None:
    nodes = [
        node("Mul", ["x", "g"], ["m"], "mul", told("", "x", "p_g")),
        node("Mul", ["m", "g"], ["y"], "mul_1", told("", *read)),
    ]
    about = signature("g", buffers=("n.mask",))
    plan = convcalc.plan(network_of(model(nodes, {"x": [1, 6]}, ["y"], {"g": ONES}, said=about)))
    assert plan.totals.params == params
    assert plan.rows[1].kind == kind


def test_an_array_that_thousands_of_modules_read_in_parts_stays_one() -> None:
    """So that what is written down anew for modules does not grow with their square."""
    many = 65
    names = [f"m{at}.bias" for at in range(many)]
    parts = tuple(f"part{at}" for at in range(many))
    operations = [
        Operation("Split", "parts", (names[0],), parts),
        *(
            Operation("Relu", name, (part,), (f"y{name}",), path=(Module(name[:-5]),))
            for name, part in zip(names, parts, strict=True)
        ),
    ]
    held = {names[0]: Held(names[0], (many,), "float32", Written((0.0,) * many))}
    programs = ["", *("%relu = t(args = (%getitem))",) * many]
    graph = Graph("", operations, programs, held)
    known = origins(Graph(), b"", b"")._replace(
        nodes={f"p{at}": name for at, name in enumerate(names)},
        parameters=frozenset(names),
        is_told=True,
    )
    made, reads = by_modules(graph, known)
    assert (len(made.operations), reads) == (many + 1, {})
    graph.operations, graph.programs = operations[:64], programs[:64]
    made, reads = by_modules(graph, known)
    assert len(made.operations) == 2 * 63
    assert [*reads.values()] == [[name] for name in names[:63]]
