"""Batches, statistics and weights that do not go together."""

from __future__ import annotations

from convcalc.features.why.sentence import (
    Clue,
    Found,
    Meaning,
    Said,
    Sentence,
    number,
    sizes,
    written,
)
from convcalc.features.why.sentences.broadcasting import patches


def _single(found: Found) -> Meaning:
    shape = sizes(found, "shape")
    return Meaning(
        f"a norm in training gets {written(shape)}: one value for each statistic, whose mean is "
        "itself and whose deviation is 0",
        (
            "a last batch of one sample",
            "a map of 1x1 in front of the norm: a global pool, or an input that is too small",
        ),
        (
            "drop_last=True in the DataLoader",
            "model.eval() where nothing is trained",
            "a norm whose statistics hold more: over channels, or groups of them",
        ),
        ask="convcalc explain norm-on-single-value",
        clue=Clue(sizes=(1, 1)),
    )


def _loss(found: Found) -> Meaning:
    got, wanted = number(found, "got"), number(found, "wanted")
    causes = ["the network's output and the labels come from different batches"]
    large, small = max(got, wanted), min(got, wanted)
    if small and large % small == 0:
        causes.insert(
            0,
            f"{large} is {large // small} times {small}: a view(-1, n) has moved positions into "
            "the batch, because a sample has other numbers than n",
        )
    return Meaning(
        f"the network gives {got} predictions for {wanted} labels",
        tuple(causes),
        ("torch.flatten(x, 1) in place of x.view(-1, n): the batch stays as it is",),
        clue=Clue(),
    )


def _label(found: Found) -> Meaning:
    return Meaning(
        f"there is a label {number(found, 'label')}, and the last layer has no output for it",
        ("labels go from 0 to classes - 1", "the last layer was made for fewer classes"),
        (f"at least {number(found, 'label') + 1} outputs in the last layer", "labels from 0 on"),
    )


def _checkpoint(found: Found) -> Meaning:
    stored, here = sizes(found, "stored"), sizes(found, "here")
    first = "the model built with the checkpoint's numbers, its last layer replaced afterwards"
    if stored[1:] == here[1:] and len(stored) < 3:
        causes = ["a head for another number of classes"]
    else:
        causes = ["another width, kernel or variant of the network"]
    if len(stored) == len(here) == 4 and {stored[1], here[1]} == {1, 3}:
        causes = ["a first layer for grey pictures where the other is for colours", *causes]
    if len(stored) == len(here) == 3:
        lengths = sorted(size for size in (stored[1], here[1]) if size is not None)
        squares = patches(*lengths) if len(lengths) == 2 else ""
        causes = ["a position table for another input size" + (squares and f": {squares}"), *causes]
        if lengths:
            first = "F.interpolate of the table, laid out as a map, to the patches of the model"
    return Meaning(
        f"`{found['name']}` is {written(stored)} in the checkpoint, {written(here)} in the model",
        tuple(causes),
        (
            first,
            f"state.pop({str(found['name'])!r}), and of all else that does not fit, before "
            "load_state_dict(state, strict=False)",
        ),
        clue=Clue(tuple(size for size in here if size is not None)),
    )


SENTENCES = (
    Sentence(
        "single-value",
        (
            Said(
                "PyTorch",
                "Expected more than 1 value per channel when training, got input size "
                "{shape:shape}",
            ),
            Said(
                "PyTorch",
                "Expected more than 1 spatial element when training, got input size {shape:shape}",
            ),
        ),
        _single,
    ),
    Sentence(
        "batch",
        (
            Said(
                "PyTorch",
                "Expected input batch_size ({got}) to match target batch_size ({wanted})",
            ),
        ),
        _loss,
    ),
    Sentence(
        "index",
        (Said("PyTorch", "index out of range in self"),),
        lambda found: Meaning(
            "an embedding was asked for a row that it has not",
            (
                "an index is as large as the table or larger: rows go from 0 to num_embeddings - 1",
                "a padding or unknown word has an index beyond the vocabulary, or -1",
            ),
            ("num_embeddings = the largest index + 1",),
        ),
    ),
    Sentence("label", (Said("PyTorch", "Target {label} is out of bounds"),), _label),
    Sentence(
        "checkpoint",
        (
            Said(
                "PyTorch",
                "size mismatch for {name:words}: copying a param with shape {stored:shape} from "
                "checkpoint, the shape in current model is {here:shape}",
            ),
        ),
        _checkpoint,
    ),
)
