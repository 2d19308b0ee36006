"""Fields of an ONNX file that are not read are passed over, wherever they stand.

Numbers of fields are those of onnx.proto.
"""

from __future__ import annotations

import convcalc
from tests.importers.onnx_bytes import attribute, part, tensor, whole


def beside(message: bytes, *numbers: int) -> bytes:
    """A message with other fields in front of all that is read, and behind it."""
    # No message of any kind, if somebody took it for one.
    others = b"".join(part(one, "mine") for one in numbers)
    return others + message + others


def typed(name: str, kind: int) -> bytes:
    """An attribute whose value is 0, which a file leaves out."""
    return part(5, beside(part(1, name) + whole(20, kind), 10, 11, 12, 13, 14, 15, 22, 23))


def given(name: str, value: float | list[int]) -> bytes:
    return part(5, beside(attribute(name, value), 10, 11, 12, 13, 14, 15, 22, 23))


def operation(op: str, inputs: list[str], output: str, *more: bytes) -> bytes:
    names = b"".join(part(1, one) for one in inputs)
    said = part(9, beside(part(1, "key") + part(2, "value"), 3))
    message = names + part(2, output) + part(3, f"/{output}/{op}") + part(4, op) + said
    return beside(message + b"".join(more), 6, 8, 10)


def info(name: str, *sizes: int) -> bytes:
    dims = b"".join(part(1, beside(whole(1, size), 3)) for size in sizes)
    kind = part(1, beside(whole(1, 1) + part(2, beside(dims, 2, 3)), 3, 4))
    return beside(part(1, name) + part(2, beside(kind, 4, 5, 6)), 3)


def test_fields_that_are_not_read_change_nothing() -> None:
    """A convolution, two slopes, and a figure whose axes are dropped, as a 0 says."""
    body = (
        part(1, "Bent")
        + part(4, "a")
        + part(5, "b")
        + part(
            7,
            operation(
                "LeakyRelu",
                ["a"],
                "b",
                part(5, part(1, "alpha") + part(21, "slope") + whole(20, 1)),
            ),
        )
        + part(10, "mine")
    )
    nodes = [
        operation("Conv", ["x", "w"], "c", given("strides", [1, 2]), typed("auto_pad", 3)),
        operation("LeakyRelu", ["c"], "l", typed("alpha", 1)),
        operation("Bent", ["l"], "f", given("slope", 0.25), part(7, "mine")),
        operation("ReduceMax", ["f"], "y", given("axes", [2]), typed("keepdims", 2)),
    ]
    graph = (
        b"".join(part(1, one) for one in nodes)
        + part(2, "graph")
        + part(5, beside(tensor("w", (3, 2, 2, 2), [0.5] * 24), 3, 6, 12, 14, 15, 16))
        + part(11, info("x", 1, 2, 4, 6))
        + part(12, info("y", 1, 3, 3))
        + part(13, info("c", 1, 3, 3, 3))
    )
    opset = beside(part(1, "") + whole(2, 17), 3)
    file = (
        part(2, "by hand")
        + part(3, "7")
        + part(7, beside(graph, 3, 4, 10, 14, 15))
        + part(8, opset)
        + part(25, beside(body, 3, 6, 8, 9, 11, 13, 14))
    )
    network = convcalc.loads(beside(whole(1, 8) + file, 4, 5, 6, 14, 20), "net.onnx")
    plan = convcalc.plan(network)
    assert [(row.kind, row.output) for row in plan] == [
        ("conv", (3, 3, 3)),
        ("leaky_relu", (3, 3, 3)),
        ("leaky_relu", (3, 3, 3)),
        ("reduce", (3, 3)),
    ]
    slopes = [row.fields["negative_slope"] for row in plan if row.kind == "leaky_relu"]
    assert list(map(float, slopes)) == [0, 0.25]
    # 3 maps of 3 x 3 places, each of 2 channels of 2 x 2 taps.
    assert (plan.totals.params, plan.totals.macs) == (24, 27 * 8)


def untyped(name: str, value: float | list[int] | list[float] | list[str]) -> bytes:
    """An attribute as files had it before they stated its type, which is its last field."""
    kind = len(whole(20, 1))
    return part(5, attribute(name, value)[:-kind])


def test_attributes_of_old_files_state_no_type() -> None:
    nodes = [
        operation("LeakyRelu", ["x"], "a", untyped("alpha", 0.25)),
        operation("Transpose", ["a"], "b", untyped("perm", [0, 1, 3, 2])),
        operation("Upsample", ["b"], "y", untyped("scales", [1.0, 1.0, 3.0, 2.0])),
    ]
    graph = (
        b"".join(part(1, one) for one in nodes)
        + part(11, info("x", 1, 2, 4, 6))
        + part(12, info("y", 1, 2, 18, 8))
    )
    data = whole(1, 8) + part(7, graph) + part(8, whole(2, 7))
    plan = convcalc.plan(convcalc.loads(data, "net.onnx"))
    assert [(row.kind, row.output) for row in plan] == [
        ("leaky_relu", (2, 4, 6)),
        ("permute", (2, 6, 4)),
        ("upsample", (2, 18, 8)),
    ]
    assert float(plan[0].fields["negative_slope"]) == 0.25
