"""What layers do with the channels of a position: by the definition of each, as `Flow` names it."""

from __future__ import annotations

from typing import Any

from convcalc.kinds import find_kind
from tests.each import each

Shape = tuple[int, ...]
TWO, THREE, FOUR = ("a", "b"), ("a", "b", "c"), ("a", "b", "c", "d")
X = (6, 5)
SDPA = "scaled_dot_product_attention"
COLUMNS = {"output_size": (4, 4), "kernel_size": 2}
BOTH_WAYS = {"hidden_size": 3, "bidirectional": True}

# kind, fields, inputs; how, and how many.
FLOWS: list[tuple[str, dict[str, Any], list[Shape], str, tuple[int, ...]]] = [
    ("relu", {}, [X], "own", ()),
    ("max_pool", {"kernel_size": 2}, [X], "own", ()),
    ("add", {"inputs": TWO}, [X] * 2, "own", ()),
    ("mul", {"inputs": TWO}, [X] * 2, "scaled", ()),
    ("div", {"inputs": TWO}, [X] * 2, "scaled", ()),
    # Groups read some of the channels each; a single one is no group.
    ("conv", {"out_channels": 4, "kernel_size": 3}, [X], "mixed", ()),
    ("conv", {"out_channels": 4, "kernel_size": 3, "groups": 2}, [X], "kept", ()),
    ("conv", {"out_channels": 4, "kernel_size": 3, "groups": "depthwise"}, [(1, 5)], "mixed", ()),
    ("conv_transpose", {"out_channels": 4, "kernel_size": 3}, [X], "mixed", ()),
    ("conv_transpose", {"out_channels": 4, "kernel_size": 3, "groups": 2}, [X], "kept", ()),
    ("linear", {"out_features": 4}, [(6,)], "mixed", ()),
    ("bilinear", {"inputs": TWO, "out_features": 4}, [X] * 2, "mixed", ()),
    ("attention", {"heads": 2}, [X], "mixed", ()),
    ("cross_attention", {"inputs": TWO, "heads": 2}, [X] * 2, "mixed", ()),
    # Heads read channels of their own.
    (SDPA, {"inputs": THREE, "heads": 2}, [X] * 3, "kept", ()),
    (SDPA, {"inputs": FOUR, "heads": 2}, [X, X, X, (1, 5, 5)], "masked", ()),
    ("split", {"parts": 2, "part": 0}, [X], "picked", (3,)),
    ("split", {"parts": 1, "part": 0}, [X], "kept", ()),
    ("split", {"parts": 5, "part": 0, "axis": "positions"}, [X], "kept", ()),
    ("slice", {"channels": (1, 4)}, [X], "picked", (3,)),
    ("slice", {"channels": (0, 5)}, [X], "picked", (5,)),
    ("slice", {"channels": (0, 6)}, [X], "kept", ()),
    ("slice", {"channels": (0, 2), "axis": "positions"}, [X], "kept", ()),
    ("take", {"inputs": TWO}, [X, (4,)], "picked", (1,)),
    ("take", {"inputs": TWO, "axis": "positions"}, [X, (4,)], "sampled", (1,)),
    ("concat", {"inputs": THREE}, [X, (2, 5), (3, 5)], "joined", (6, 2, 3)),
    ("concat", {"inputs": TWO, "axis": "positions"}, [X] * 2, "kept", ()),
    ("channel_shuffle", {"groups": 3}, [X], "shuffled", (3,)),
    ("unfold", {"kernel_size": 2}, [X], "dealt", ()),
    ("unfold", {"kernel_size": 1}, [X], "kept", ()),
    # A pixel of a row reads one tap of each of two channels; maps of columns are put together
    # whole where they lie side by side, with nothing cut.
    ("fold", {"output_size": (9,), "kernel_size": 3, "stride": 3}, [(6, 3)], "picked", (2,)),
    ("fold", COLUMNS | {"stride": 2}, [(8, 4)], "unfollowed", ()),
    ("fold", COLUMNS | {"stride": 2, "padding": 1}, [(8, 9)], "sampled", ()),
    ("fold", COLUMNS | {"stride": 2, "kernel_size": 1}, [(8, 4)], "sampled", ()),
    ("fold", COLUMNS | {"dilation": 2}, [(8, 4)], "sampled", ()),
    ("opaque", {"output": (3, 5)}, [X], "unfollowed", ()),
    ("opaque", {"output": (3, 5), "reads": "all"}, [X], "mixed", ()),
    ("deform_conv", {"inputs": TWO, "out_channels": 5, "kernel_size": 3}, [(4, 7, 9), (18, 5, 7)],
     "unfollowed", ()),
    ("softmax", {"axis": "channels"}, [X], "mixed", ()),
    ("softmax", {"axis": "positions"}, [X], "own", ()),
    ("layer_norm", {"over": "channels"}, [X], "mixed", ()),
    ("layer_norm", {"over": ("height", "width")}, [(6, 5, 4)], "own", ()),
    # Numbers of one direction see one side; a second layer reads both, and a state is one cell's.
    ("lstm", {"hidden_size": 3}, [X], "mixed", ()),
    ("lstm", BOTH_WAYS, [X], "dealt", ()),
    ("lstm", BOTH_WAYS | {"num_layers": 2}, [X], "mixed", ()),
    ("gru_with_state", {"inputs": TWO, "hidden_size": 3}, [X, (3,)], "mixed", ()),
    ("lstm_with_state", {"inputs": THREE, "hidden_size": 3}, [X, (3,), (3,)], "kept", ()),
]  # fmt: skip


@each(("name", "fields", "inputs", "how", "counts"), FLOWS)
def test_what_becomes_of_channels(
    name: str, fields: dict[str, Any], inputs: list[Shape], how: str, counts: tuple[int, ...]
) -> None:
    kind = find_kind(name)
    assert kind is not None
    assert kind.model_validate(fields).facts(tuple(inputs)).flow == (how, counts)
