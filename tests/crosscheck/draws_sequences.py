"""Random draws of layers over sequences: recurrent ones, and look-ups by index."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.crosscheck import draws
from tests.crosscheck.draws import Case


def recurrent(rng: Random, kind: str, biases: bool = False) -> Case:
    """Several layers, both directions, projections to more numbers than there are.

    With `biases` also what PyTorch has not: one number a gate, a reset before the product, gates
    that are coupled or see the cell.
    """
    hidden = rng.randint(1, 5)
    fields: dict[str, Any] = {"hidden_size": draws.spoilt(rng, hidden)}
    if rng.random() < 0.4:
        fields["num_layers"] = draws.spoilt(rng, rng.randint(1, 3))
    for name in ("bidirectional", "bias"):
        if rng.random() < 0.5:
            fields[name] = rng.random() < 0.5
    if kind == "lstm" and rng.random() < 0.4:
        fields["proj_size"] = rng.randint(0, hidden)
    if biases and rng.random() < 0.4:
        fields["biases"] = rng.choice((1, 2))
    for name in ("coupled", "peepholes"):
        if biases and kind == "lstm" and rng.random() < 0.4:
            fields[name] = rng.random() < 0.7
    if biases and kind == "lstm" and rng.random() < 0.3:
        fields["cell_clip"] = rng.choice((0.25, 0.5, 10))
    if biases and kind == "gru" and rng.random() < 0.5:
        fields["reset"] = rng.choice(("before", "after"))
    if kind == "rnn" and rng.random() < 0.6:
        fields["nonlinearity"] = rng.choice(("tanh", "relu"))
    if rng.random() < 0.5:
        of_cells = ["cells"] * (biases and kind == "lstm")
        fields["returns"] = rng.choice(("sequence", "last", *of_cells))
    rank = rng.choice((0, 2)) if rng.random() < 0.1 else 1
    return Case(kind, fields, (draws.any_map(rng, rank),))


def recurrent_with_state(rng: Random, kind: str, biases: bool = False) -> Case:
    """The same, and states that they begin with; a few are too long, or too many."""
    word = kind.removesuffix("_with_state")
    _, fields, (x,) = recurrent(rng, word, biases)
    count = fields.get("num_layers", 1) * (1 + fields.get("bidirectional", False))
    sizes = [fields.get("proj_size") or fields["hidden_size"], fields["hidden_size"]]
    sizes = sizes if word == "lstm" and rng.random() < 0.7 else sizes[:1]
    if rng.random() < 0.05:
        sizes = [*sizes, 3, 3]
    begins = [(max(1, draws.spoilt(rng, count * size)),) for size in sizes]
    names = [f"map_{number}" for number in range(1 + len(begins))]
    return Case(kind, {"inputs": names, **fields}, (x, *begins))


def any_recurrent(rng: Random) -> Case:
    return recurrent(rng, rng.choice(("lstm", "gru", "rnn")))


def any_with_state(rng: Random) -> Case:
    return recurrent_with_state(rng, f"{rng.choice(('lstm', 'gru', 'rnn'))}_with_state")


def with_cells(rng: Random) -> Case:
    """An LSTM that gives its cells, with states to begin with or without."""
    draw = rng.choice((recurrent, recurrent_with_state))
    kind = "lstm" if draw is recurrent else "lstm_with_state"
    kind, fields, inputs = draw(rng, kind)
    return Case(kind, {**fields, "returns": "cells"}, inputs)


def parameter(rng: Random) -> Case:
    return Case("parameter", {"shape": list(draws.any_map(rng))}, ())


def constant(rng: Random) -> Case:
    fields: dict[str, Any] = {"shape": list(draws.any_map(rng))}
    if rng.random() < 0.5:
        fields["value"] = rng.choice((0, 1, -0.5))
    return Case("constant", fields, ())


def embedding(rng: Random) -> Case:
    fields = {
        "num_embeddings": draws.spoilt(rng, rng.randint(1, 9)),
        "embedding_dim": draws.spoilt(rng, rng.randint(1, 5)),
    }
    rank = rng.choice((0, 0, 1, 1, 2, 3))
    channels = 1 if rank and rng.random() < 0.85 else None
    return Case("embedding", fields, (draws.any_map(rng, rank, channels),))
