"""Operators of PyTorch that go along sequences: attention, and recurrences and their cells."""

from __future__ import annotations

from typing import Any

from tests.importers.onnx_cases import W, X
from tests.importers.pt2_calls import TRUTH, WHOLE, Buffer, Call, aten, folded

HEADS, WINDOWS = (1, 2, 3, 4), (1, 2, 2, 3, 4)


def attended(
    q: object, k: object, v: object, mask: object = None, macs: int = 2 * 2 * 9 * 4, **more: Any
) -> Call:
    """Queries, keys and values under a mask that is added."""
    named: dict[str, Any] = {"query": q, "key": k, "value": v, "attn_mask": mask}
    return aten("scaled_dot_product_attention", **named, macs=macs, **more)


ATTENTION = {
    **{
        f"attention under a mask of {dims}": attended(HEADS, HEADS, HEADS, dims)
        for dims in ((1, 1, 3, 3), (1, 2, 3, 3), (1, 2, 1, 3), (1, 1, 3, 1), (1, 2, 1, 1))
    },
    **{
        f"attention under a {said} mask of {mask.dims}": attended(HEADS, HEADS, HEADS, mask)
        for said, mask in (
            ("stored", Buffer((2, 3, 3))),
            ("stored", Buffer((1, 3))),
            ("learnt", W((2, 3, 3))),
            ("learnt", W((3, 3))),
        )
    },
    "attention to other places": attended(
        HEADS, (1, 2, 5, 4), (1, 2, 5, 6), (1, 1, 3, 5), 2 * 15 * (4 + 6)
    ),
    "attention without heads": attended((1, 3, 4), (1, 5, 4), (1, 5, 2), None, 15 * (4 + 2)),
    "attention without heads under a mask": attended(
        (1, 3, 4), (1, 5, 4), (1, 5, 2), (1, 3, 5), 15 * (4 + 2)
    ),
    "attention of heads in windows": attended(WINDOWS, WINDOWS, WINDOWS, macs=4 * 2 * 9 * 4),
    "attention of heads in windows under a mask of windows": attended(
        WINDOWS, WINDOWS, WINDOWS, (1, 2, 1, 3, 3), 4 * 2 * 9 * 4
    ),
    "attention of heads in windows under a mask of heads": attended(
        WINDOWS, WINDOWS, WINDOWS, (1, 1, 2, 3, 3), 4 * 2 * 9 * 4
    ),
    "attention of heads that one shares": attended(
        (1, 4, 3, 2), (1, 1, 3, 2), (1, 1, 3, 2), macs=4 * 2 * 9 * 2, enable_gqa=True
    ),
    "attention of heads that share, under a mask": attended(
        (1, 4, 3, 2), (1, 2, 3, 2), (1, 2, 3, 2), (1, 1, 3, 3), 4 * 2 * 9 * 2, enable_gqa=True
    ),
    "attention of heads that share, under a mask for each": attended(
        (1, 4, 3, 2), (1, 2, 3, 2), (1, 2, 3, 2), (1, 4, 3, 3), 4 * 2 * 9 * 2, enable_gqa=True
    ),
    "attention of windows in the batch": attended(
        folded(2, 3, 4), folded(2, 3, 4), folded(2, 3, 4), macs=2 * 2 * 9 * 4
    ),
    "attention to what was before, by a mask worked out": attended(
        HEADS,
        HEADS,
        HEADS,
        aten(
            "le",
            self=aten("arange", end=3, stated=(3,), element=WHOLE),
            other=aten(
                "unsqueeze",
                self=aten("arange", end=3, stated=(3,), element=WHOLE),
                dim=1,
                stated=(3, 1),
                element=WHOLE,
            ),
            stated=(3, 3),
            element=TRUTH,
        ),
    ),
    "attention by the root of how many there are": attended(HEADS, HEADS, HEADS, scale=3**-0.5),
    "attention by less, to what was before": attended(
        HEADS, HEADS, HEADS, dropout_p=0.0, is_causal=True, scale=0.125
    ),
}


def recurrent(
    op: str, gates: int, *, layers: int = 1, ways: int = 1, biased: bool = True, proj: int = 0,
    first: bool = True, begins: Any = None, **more: Any,
) -> Call:  # fmt: skip
    """The states of two units that read three features in four steps."""
    size = proj or 2
    params = []
    for layer in range(layers):
        for _ in range(ways):
            reads = 3 if not layer else size * ways
            params += [W((gates * 2, reads)), W((gates * 2, size))]
            params += [W((gates * 2,))] * 2 * biased
            params += [W((proj, 2))] * bool(proj)
    # Each is a tensor of its own.
    params = [W(one.dims) for one in params]
    count = layers * ways
    zeros = [aten("zeros", size=[count, 1, width], stated=(count, 1, width)) for width in (size, 2)]
    begins = begins or (zeros if op == "lstm" else zeros[0])
    return aten(
        op,
        input=(1, 4, 3) if first else (4, 1, 3),
        hx=begins,
        params=params,
        has_biases=biased,
        num_layers=layers,
        dropout=0.0,
        train=False,
        bidirectional=ways == 2,
        batch_first=first,
        results=3 if op == "lstm" else 2,
        stated=(1, 4, size * ways) if first else (4, 1, size * ways),
        **more,
    )


def cell(op: str, gates: int, state: Any, *, biased: bool = True, **more: Any) -> Call:
    """One step of two units that read three features."""
    biases: Any = {"b_ih": W((2 * gates,)), "b_hh": W((2 * gates,))} if biased else {}
    return aten(
        op,
        input=(1, 3),
        hx=state,
        w_ih=W((2 * gates, 3)),
        w_hh=W((2 * gates, 2)),
        macs=2 * gates * 5,
        **biases,
        **more,
    )


def no_state() -> Call:
    return aten("zeros", size=[1, 2], stated=(1, 2))


def states(op: str, gates: int, macs: int, **more: Any) -> Call:
    """What is above 0 of all states."""
    return aten("relu", self=recurrent(op, gates, **more), macs=macs)


RECURRENT = {
    "lstm": states("lstm", 4, 4 * 8 * 5),
    "lstm both ways": states("lstm", 4, 2 * 4 * 8 * 5, ways=2),
    "lstm without numbers added": states("lstm", 4, 4 * 8 * 5, biased=False),
    "lstm of two layers": states("lstm", 4, 4 * 8 * 5 + 4 * 8 * 4, layers=2),
    "lstm of two layers both ways": states(
        "lstm", 4, 2 * 4 * 8 * 5 + 2 * 4 * 8 * 6, layers=2, ways=2
    ),
    "lstm with a projection": states("lstm", 4, 4 * (8 * 4 + 2), proj=1),
    "lstm with a projection, without numbers added": states(
        "lstm", 4, 4 * (8 * 4 + 2), proj=1, biased=False
    ),
    "lstm, steps first": states("lstm", 4, 4 * 8 * 5, first=False),
    "lstm from states that go in": states("lstm", 4, 4 * 8 * 5, begins=[(1, 1, 2), (1, 1, 2)]),
    "lstm and its last states": recurrent("lstm", 4, macs=4 * 8 * 5),
    "lstm both ways, and its last states": recurrent("lstm", 4, ways=2, macs=2 * 4 * 8 * 5),
    "lstm of two layers with a projection, from states that go in, and its last states": recurrent(
        "lstm",
        4,
        layers=2,
        proj=1,
        first=False,
        begins=[(2, 1, 1), (2, 1, 2)],
        macs=4 * (8 * 4 + 2) + 4 * (8 * 2 + 2),
    ),
    "gru of two layers both ways, from states that go in": states(
        "gru", 3, 2 * 4 * 6 * 5 + 2 * 4 * 6 * 6, layers=2, ways=2, begins=X((4, 1, 2))
    ),
    "gru": states("gru", 3, 4 * 6 * 5),
    "gru and its last state": recurrent("gru", 3, macs=4 * 6 * 5),
    "gru both ways, and its last states": recurrent("gru", 3, ways=2, macs=2 * 4 * 6 * 5),
    "gru, steps first, and its last state": recurrent("gru", 3, first=False, macs=4 * 6 * 5),
    "gru of two layers, and its last states": recurrent(
        "gru", 3, layers=2, macs=4 * 6 * 5 + 4 * 6 * 4
    ),
    "gru of two layers both ways, steps first, and its last states": recurrent(
        "gru", 3, layers=2, ways=2, first=False, macs=2 * 4 * 6 * 5 + 2 * 4 * 6 * 6
    ),
    "rnn_tanh of three layers without numbers added, and its last states": recurrent(
        "rnn_tanh", 1, layers=3, biased=False, macs=4 * 2 * 5 + 2 * 4 * 2 * 4
    ),
    "rnn_tanh": states("rnn_tanh", 1, 4 * 2 * 5),
    "rnn_relu without numbers added": states("rnn_relu", 1, 4 * 2 * 5, biased=False),
    "rnn_tanh from a state that goes in": states("rnn_tanh", 1, 4 * 2 * 5, begins=X((1, 1, 2))),
    "lstm_cell": cell("lstm_cell", 4, [(1, 2), (1, 2)], results=2),
    "lstm_cell of the first step": cell("lstm_cell", 4, [no_state(), no_state()], results=2),
    "gru_cell": cell("gru_cell", 3, (1, 2)),
    "gru_cell of the first step": cell("gru_cell", 3, no_state()),
    "rnn_tanh_cell": cell("rnn_tanh_cell", 1, (1, 2)),
    "rnn_relu_cell without numbers added": cell("rnn_relu_cell", 1, (1, 2), biased=False),
}
