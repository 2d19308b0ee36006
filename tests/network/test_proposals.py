"""Words of other programs for kinds: each means one kind, and what is no kind here says so."""

from __future__ import annotations

from collections import Counter

import pytest

from convcalc.kinds import find_kind, kind_names
from convcalc.kinds.base.elsewhere import OPERATORS, PARTS, SENTENCES, sentence
from convcalc.network.names import _name_help
from convcalc.network.proposals import propose, propose_field, propose_kind
from tests.each import each

KINDS = [kind for kind in map(find_kind, kind_names()) if kind is not None]


@each(
    ("word", "repair"),
    [
        pytest.param("nn.Conv2d", "write `conv`", id="PyTorch's module"),
        pytest.param("conv2d", "write `conv`", id="with its axes"),
        pytest.param("Dense", "write `linear`", id="Keras"),
        pytest.param("DepthwiseConv2D", "write `conv` with `g: depthwise`", id="with a field"),
        pytest.param("ReflectionPad2d", "write `pad` with `mode: reflect`", id="a mode"),
        pytest.param("bn", "write `batch_norm`", id="short"),
        pytest.param("SyncBatchNorm", "write `batch_norm`", id="a variant of PyTorch"),
        pytest.param("attention", "write `attention`", id="a kind itself"),
        pytest.param(
            "activation",
            "write the function itself as the kind, as in `relu` or `gelu`",
            id="not dilation",
        ),
        pytest.param("norm", "write which one, as in `batch_norm` or `layer_norm: channels`",
                     id="no norm in particular"),
        pytest.param(
            "stft",
            "no kind here does this; `opaque` stands for it, as in "
            "`opaque: {output: [64, 7, 7]}`, or `convcalc explain --list` lists all kinds",
            id="known, and not here",
        ),
        pytest.param("MultiheadAttention", "write `attention`", id="not unknown any more"),
        pytest.param("bmm", "write `matmul`", id="PyTorch's function"),
        pytest.param("ReduceMean", "write `reduce` with `op: mean`", id="ONNX"),
        pytest.param(
            "squeeze_excite", "it is several layers: write them as a block under `blocks`",
            id="a part of a network",
        ),
        pytest.param("routes", "`convcalc explain --list` lists all kinds", id="not permute"),
        pytest.param("lineer", "did you mean `linear`?", id="a letter"),
        pytest.param("convv", "did you mean `conv`?", id="a slip"),
        pytest.param("qqq", "`convcalc explain --list` lists all kinds", id="nothing"),
    ],
)  # fmt: skip
def test_unknown_kind(word: str, repair: str) -> None:
    assert propose_kind(word, ()) == repair


@each("name", ["activation", "dropout", "batch_norm", "relu"])
def test_what_is_a_layer_of_its_own_is_no_field(name: str) -> None:
    fields = {"d": "dilation", "dilation": "dilation", "padding": "padding"}
    assert propose_field(name, fields).help == "it is a layer of its own: put it after this one"


@each(
    ("word", "help"),
    [
        ("floor", "delete it: sizes are rounded down, or up by `ceil_mode: true`"),
        ("round", "delete it: sizes are rounded down, or up by `ceil_mode: true`"),
        ("kernal", "did you mean `kernel_size` (or `k`)?"),
        ("in_channels", "delete it: input channels follow from the graph"),
        ("Num_Features", "delete it: input channels follow from the graph"),
        ("repeat", "put it beside the kind: `{KIND: {...}, repeat: ...}`"),
        ("area", "write `mode: area`"),
        ("zzz", "known here: ceil_mode, kernel_size"),
    ],
)
def test_what_an_unknown_field_may_have_meant(word: str, help: str) -> None:
    fields = {"k": "kernel_size", "kernel_size": "kernel_size", "ceil_mode": "ceil_mode"}
    assert propose_field(word, fields, {"area": "mode"}).help == help


@each(
    ("word", "known", "meant"),
    [
        # Of several that are known the likeliest.
        ("rate", ("p", "dilation"), "dilation"), ("rate", ("p", "stride"), "p"),
        ("features", ("out_channels", "out_features"), "out_features"),
        ("output", ("out_features", "out_channels"), "out_channels"),
    ],
)  # fmt: skip
def test_a_word_of_several_meanings(word: str, known: tuple[str, ...], meant: str) -> None:
    assert propose(word, known).name == meant


@each(
    ("name", "help"),
    [
        # An accent by itself, a sign for a letter, letters of full width.
        ("e\u0301tape", "write `\u00e9tape`"), ("\u212bngstrom", "write `\u00c5ngstrom`"),
        ("\uff43\uff4f\uff4e\uff56", "write `conv`"), ("\u00e9tape", ""),
    ],
)  # fmt: skip
def test_a_name_has_one_spelling(name: str, help: str) -> None:
    assert _name_help(name) == help


def test_rounding_is_a_layer_where_no_size_is_rounded() -> None:
    fields = {"d": "dilation", "dilation": "dilation"}
    assert propose_field("floor", fields).help == "it is a layer of its own: put it after this one"
    assert propose_field("zzz", {}).help == "it takes no fields"


@each(
    ("word", "field"),
    [
        ("pad", "padding"), ("kernal", "kernel_size"), ("kernel_sze", "kernel_size"),
        ("filtrs", "out_channels"), ("chanels", "out_channels"), ("momentum", ""),
    ],
)  # fmt: skip
def test_words_of_fields_are_still_fields_with_a_letter_wrong(word: str, field: str) -> None:
    fields = ("padding", "kernel_size", "out_channels", "stride")
    assert propose_field(word, dict(zip(fields, fields, strict=True))).name == field


def test_every_word_means_one_kind() -> None:
    words = Counter(word for kind in KINDS for word in (*kind.aliases, *kind.variants))
    assert [word for word, count in words.items() if count > 1] == []
    assert not {name.replace("_", "") for name in kind_names()} & set(words)


@each("kind", KINDS, ids=lambda kind: kind.kind)
def test_words_are_as_they_are_looked_up(kind: type) -> None:
    for word in (*kind.aliases, *kind.variants):  # type: ignore[attr-defined]
        assert word.isascii() and word.isalnum() and word == word.lower()  # noqa: PT018
        assert not word.endswith(("1d", "2d", "3d"))


def test_sentences_are_of_words_that_no_kind_takes() -> None:
    taken = {word for kind in KINDS for word in (*kind.aliases, *kind.variants)}
    taken |= {name.replace("_", "") for name in kind_names()}
    assert not taken & {*SENTENCES, *PARTS.split(), *OPERATORS.split()}
    assert sentence("norm") == SENTENCES["norm"]
