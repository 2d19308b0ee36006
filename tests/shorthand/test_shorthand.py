"""The token grammar: what parses to what, and the exact words for what does not."""
# ruff: noqa: E501 - messages stand whole, as they are printed

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcalc.core.errors import StackError
from convcalc.features.shape.answer import shape
from convcalc.kinds import kind_names
from convcalc.kinds.base.field_values import MAX_COUNT, PADDING_WORDS
from convcalc.kinds.base.fields import SHORT_NAMES
from convcalc.shorthand import repeating
from convcalc.shorthand.parser import LETTERS, parse
from convcalc.shorthand.parser import PADDING_WORDS as WRITTEN_WORDS
from convcalc.shorthand.repeating import _times, listed
from convcalc.shorthand.spoken import SLIDING
from convcalc.shorthand.values import MAX_FIELD, ShorthandError
from tests.each import each


@each(
    ("words", "fields"),
    [
        pytest.param("9 k3", {"kernel_size": 3}, id="a number"),
        pytest.param("9 k3x5", {"kernel_size": (3, 5)}, id="one an axis"),
        pytest.param("9 k3X5", {"kernel_size": (3, 5)}, id="a capital x"),
        pytest.param("9 k3×5", {"kernel_size": (3, 5)}, id="a multiplication sign"),
        pytest.param("9 p0:1", {"padding": ((0, 1),)}, id="before and after"),
        pytest.param("9 p0:1x2:2", {"padding": ((0, 1), (2, 2))}, id="pairs an axis"),
        pytest.param("9 p0:1x2", {"padding": ((0, 1), (2, 2))}, id="a pair and a number"),
        pytest.param("9 same_upper", {"padding": "same_upper"}, id="a padding word"),
        pytest.param("9 padding=half", {"padding": "half"}, id="a padding word by name"),
        pytest.param("9 kernel=3", {"kernel_size": 3}, id="an option's name"),
        pytest.param("9 kernel_size=3", {"kernel_size": 3}, id="a full name"),
        pytest.param("9 dw nobias", {"groups": "depthwise", "bias": False}, id="words"),
        pytest.param("9 groups=depthwise", {"groups": "depthwise"}, id="depthwise by name"),
        pytest.param("9 upsample 2 bilinear", {"mode": "bilinear"}, id="a mode"),
        pytest.param("9 upsample 2 linear", {"mode": "linear"}, id="a mode that is also a kind"),
        pytest.param(
            "9 pad 1 reflect", {"padding_mode": "reflect"}, id="what stands in the padding"
        ),
        pytest.param("9 conv reflect", {"padding_mode": "reflect"}, id="a convolution's mode"),
        pytest.param("9 max_pool ceil", {"ceil_mode": True}, id="ceil"),
        pytest.param("9 max_pool ceil_mode=true", {"ceil_mode": True}, id="true by name"),
        pytest.param("9 max_pool ceil_mode=false", {"ceil_mode": False}, id="false by name"),
        pytest.param("9 global_avg_pool keepdim", {"keepdim": True}, id="axes that are kept"),
        pytest.param("9 avg_pool exclude_pad", {"count_include_pad": False}, id="divisor"),
    ],
)
def test_tokens_are_fields(words: str, fields: dict[str, Any]) -> None:
    assert parse(words.split(), kind_names()).layers[0].fields == fields


@each(
    ("words", "main"),
    [
        pytest.param("9 conv 64", 64, id="filters"),
        pytest.param("9 adaptive_avg_pool 7x~", (7, None), id="an axis kept"),
        pytest.param("9 upsample 1.5", 1.5, id="a fraction"),
        pytest.param("9 reshape 8x-1", (8, -1), id="a size to find"),
        pytest.param("9 slice 0:32", ((0, 32),), id="a span of channels"),
        pytest.param("9 relu", None, id="none"),
    ],
)
def test_a_bare_value_is_the_main_field(words: str, main: Any) -> None:
    assert parse(words.split(), kind_names()).layers[0].main == main


@each(
    "words",
    [
        pytest.param("9 k3 , max_pool 2 , relu", id="apart"),
        pytest.param("9 k3, max_pool 2, relu", id="at the word before"),
        pytest.param("9 k3 ,max_pool 2 ,relu", id="at the word behind"),
        pytest.param("9 k3,max_pool 2,relu", id="between"),
    ],
)
def test_a_comma_begins_a_layer(words: str) -> None:
    layers = parse(words.split(), kind_names()).layers
    assert [(layer.kind, layer.text) for layer in layers] == [
        ("", "k3"),
        ("max_pool", "max_pool 2"),
        ("relu", "relu"),
    ]


@each(
    ("words", "has_channels", "axes"),
    [
        pytest.param("224 k7", False, (224,), id="one number is an axis"),
        pytest.param("224 conv 64 k7", False, (224,), id="one number is an axis, filters or not"),
        pytest.param("224 k3x5", False, (224, 224), id="one number holds for every axis"),
        pytest.param("512 linear 10", True, (), id="one number before linear is a vector"),
        pytest.param("224x192 k7", False, (224, 192), id="two axes"),
        pytest.param("3x224 conv 64 k7", False, (3, 224), id="two axes, filters or not"),
        pytest.param(
            "5x5 global_avg_pool", True, (5, 5), id="one channel for a layer that needs some"
        ),
        pytest.param("5 max_pool 2 , flatten", True, (5,), id="one channel of one axis"),
        pytest.param("5 global_avg_pool", True, (), id="a vector before a layer of channels"),
        pytest.param("224x192 max_pool 2", False, (224, 192), id="two axes of a pool"),
        pytest.param("3x224x224 k7", True, (224, 224), id="three numbers begin with channels"),
        pytest.param("9x9x9 k3x3x3", False, (9, 9, 9), id="three with a list of three"),
        pytest.param("9x9x9 conv 64 k3x3x3", False, (9, 9, 9), id="a list of three, and filters"),
        pytest.param("9x9x9 k3 p1:1x1:1x1:1", False, (9, 9, 9), id="three pairs list three axes"),
        pytest.param("9x9x9 k3 , max_pool 2x2x2", False, (9, 9, 9), id="a later layer lists three"),
        pytest.param("@9x9x9 k3", False, (9, 9, 9), id="marked, no channels"),
        pytest.param("@9x9 conv 64 k3", False, (9, 9), id="marked, no channels, filters or not"),
        pytest.param("@9 k3x5", False, (9, 9), id="marked, one number for every axis"),
        pytest.param("3x224x224 conv 64 k7", True, (224, 224), id="three with filters"),
        pytest.param("3x224x224 k7 out=64", True, (224, 224), id="filters by name, no kind"),
        pytest.param("3x224x224 max_pool 2", True, (224, 224), id="a pool, too"),
        pytest.param("3x9x9 max_pool 2 , flatten", True, (9, 9), id="a later layer counts them"),
        pytest.param("3@224x224 max_pool 2", True, (224, 224), id="marked"),
        pytest.param("3@224 k3 p0:1", True, (224,), id="marked, one axis"),
        pytest.param("3x224x224 k3x5", True, (224, 224), id="one number more than the list"),
        pytest.param("3x224x224 k3 p0:1", True, (224, 224), id="a pair is no list of axes"),
        pytest.param("3x8x224x224 k3", True, (8, 224, 224), id="four numbers"),
        pytest.param("16x5x5 flatten", True, (5, 5), id="flatten counts channels"),
    ],
)
def test_what_the_size_means(words: str, has_channels: bool, axes: tuple[int, ...]) -> None:
    question = parse(words.split(), kind_names())
    assert (question.has_channels, question.axes) == (has_channels, axes)


@each(
    ("words", "reading"),
    [
        pytest.param("224 k7", "", id="one number"),
        pytest.param("224x192 k7", "", id="two axes"),
        pytest.param("3@9x9 k3", "", id="marked"),
        pytest.param("@9x9x9 k3", "", id="marked, no channels"),
        pytest.param("9x9x9 k3x3x3", "", id="a list of three"),
        pytest.param("3x9x9 conv 64 k3", "read as 3 channels of 9x9 (without channels: @3x9x9)", id="filters"),
        pytest.param("3x9x9 k3x3", "", id="a list of two"),
        pytest.param("3x9x9 flatten", "", id="channels are needed"),
        pytest.param("9x9 conv 64 k3", "read as a map of 9x9 (9 channels of 9: 9@9)", id="filters on two axes"),
        pytest.param("9x9 k3 out=64", "read as a map of 9x9 (9 channels of 9: 9@9)", id="filters by name"),
        pytest.param("9x9 k3 out_channels=64", "read as a map of 9x9 (9 channels of 9: 9@9)", id="filters by their full name"),
        pytest.param("9 conv 64 k3", "read as one axis (a map: 9x9)", id="filters on one axis"),
        pytest.param("9x9 flatten", "read as 1 channel of 9x9 (9 channels of 9: 9@9)", id="an assumed channel"),
        pytest.param("9x9 k3x3 , flatten", "read as 1 channel of 9x9", id="an assumed channel, two axes listed"),
        pytest.param("9 linear 3", "", id="a vector"),
        pytest.param("1x9x9 max_pool 2", "read as 1 channel of 9x9 (without channels: @1x9x9)", id="three numbers"),
        pytest.param("3x9x9x9 k3", "", id="four numbers"),
    ],
)  # fmt: skip
def test_the_reading_is_said(words: str, reading: str) -> None:
    assert parse(words.split(), kind_names()).reading == reading


REFUSED = [
    ("", "CC924 missing-field: there is no size", "write the input's size, then the layer: 224 k7 s2 p3"),
    ("224", "CC924 missing-field: there is no layer behind the size", "write a layer, such as k7 s2 p3 or max_pool k3 s2 p1"),
    ("0 k3", "CC927 wrong-value: `0`: a size is 1 or more, got 0", "write 224, 224x192, 3x224x224, or 3@224x224 to mark the channels"),
    ("-5 k3", "CC927 wrong-value: `-5`: a size is 1 or more, got -5", "write 224, 224x192, 3x224x224, or 3@224x224 to mark the channels"),
    ("abc k3", "CC924 missing-field: there is no size in front of `abc`", "write the input's size, then the layer: 224 abc k3"),
    ("a.net.yaml", "CC924 missing-field: `a.net.yaml` is a file, and this a question about one layer", "convcalc plan a.net.yaml has the sizes of all its layers"),
    ("x9 k3", "CC924 missing-field: there is no size in front of `x9`", "write the input's size, then the layer: 224 x9 k3"),
    ("3x k3", "CC926 wrong-type: `3x`: a size wants a whole number, got none", "write 224, 224x192, 3x224x224, or 3@224x224 to mark the channels"),
    ("2x3x4x5x6 k3", "CC109 wrong-rank: `2x3x4x5x6` has 5 numbers", "write up to three axes, with the channels before them: 224, 224x192, 3x224x224, or 3@224x224 to mark the channels"),
    ("1000000000000000000 k3", "CC914 number-too-large: `1000000000000000000`: a size is at most 10^18 - 1", "write 224, 224x192, 3x224x224, or 3@224x224 to mark the channels"),
    ("9 k0", "CC927 wrong-value: `k0`: the kernel is 1 or more, got 0", "write k3, or k3x5 for one an axis"),
    ("9 k-1", "CC927 wrong-value: `k-1`: the kernel is 1 or more, got -1", "write k3, or k3x5 for one an axis"),
    ("9 k3 s0", "CC927 wrong-value: `s0`: the stride is 1 or more, got 0", "write s3, or s3x5 for one an axis"),
    ("9 k3 p-1", "CC927 wrong-value: `p-1`: the padding is 0 or more, got -1", "write p1, p1x2 for one an axis, or p0:1 for before:after"),
    ("9 k3 p-1:2", "CC927 wrong-value: `p-1:2`: the padding is 0 or more, got -1", "write p1, p1x2 for one an axis, or p0:1 for before:after"),
    ("9 k3 p1:-2", "CC927 wrong-value: `p1:-2`: the padding is 0 or more, got -2", "write p1, p1x2 for one an axis, or p0:1 for before:after"),
    ("9 k3.5", "CC926 wrong-type: `k3.5`: the kernel wants a whole number, got `3.5`", "write k3, or k3x5 for one an axis"),
    ("9 k9999999999", "CC914 number-too-large: `k9999999999`: the kernel is at most 1000000000", "write k3, or k3x5 for one an axis"),
    ("9 k", "CC922 unknown-kind: `k` is no layer, field or word", "write a number behind it: k3"),
    ("9 k 5", "CC922 unknown-kind: `k` is no layer, field or word", "write it without the space: k5"),
    ("9 k3 p same", "CC922 unknown-kind: `p` is no layer, field or word", "write the word alone: same"),
    ("9 k3 p same s2", "CC922 unknown-kind: `p` is no layer, field or word", "write the word alone: same"),
    ("9 k3 p ceil", "CC922 unknown-kind: `p` is no layer, field or word", "write a number behind it: p3"),
    ("9 kk", "CC922 unknown-kind: `kk` is no layer, field or word", "write a kind such as conv or max_pool, or a field such as k3, s2, p1, d2, g32, a1"),
    ("9 k3 stride 2", "CC922 unknown-kind: `stride` is no layer, field or word", "write a letter and a number: s3"),
    ("9 nn.Conv2d(3,8,k=3)", "CC922 unknown-kind: `nn.Conv2d(3` is no layer, field or word", "write a kind and its fields, without input channels: conv 64 k3 s2 p1"),
    ("9 convv k3", "CC922 unknown-kind: `convv` is no layer, field or word", "did you mean `conv`?"),
    ("9 k3 ceill", "CC922 unknown-kind: `ceill` is no layer, field or word", "did you mean `ceil`?"),
    ("9 64 k3", "CC927 wrong-value: `64` has no letter and no kind before it", "write conv 64 for the filters, or k64 for the kernel"),
    ("9 conv 64 3", "CC925 field-given-twice: `3` is a second number without a letter, behind `64`", "give it a letter, as in k3, s2 or p1"),
    ("9 k3 k5", "CC925 field-given-twice: `k5` sets what `k3` has set", "keep one of them, or begin a second layer with a comma: k3 , k5"),
    ("9 p1 same", "CC925 field-given-twice: `same` sets what `p1` has set", "keep one of them"),
    ("9 conv 64 max_pool 2", "CC929 bad-layer: `max_pool` begins a second layer", "put a comma before it: , max_pool"),
    ("9 k3 ,", "CC924 missing-field: there is no layer beside this comma", "write a layer, such as k7 s2 p3 or max_pool k3 s2 p1"),
    ("224,192 k3", "CC924 missing-field: there is no layer beside this comma", "the sizes of a map are written 224x192"),
    ("9 k3 s=same", "CC926 wrong-type: `s=same`: the stride wants a whole number, got `same`", "write s3, or s3x5 for one an axis"),
    ("9 k3 d=same", "CC926 wrong-type: `d=same`: the dilation wants a whole number, got `same`", "write d3, or d3x5 for one an axis"),
    ("9 mode=", "CC927 wrong-value: `mode=` sets nothing", "write name=value, as in mode=bilinear"),
    ("9 s2", "CC924 missing-field: `s2` needs `kernel_size`", "write k3"),
    ("9 k7,s2,p3", "CC924 missing-field: `s2` needs `kernel_size`", "a comma begins another layer: write k7 s2, or k3 for one more"),
    ("19 k7,k5,s2", "CC924 missing-field: `s2` needs `kernel_size`", "a comma begins another layer: write k5 s2, or k3 for one more"),
    ("9 k7 , max_pool", "CC924 missing-field: `max_pool` needs `kernel_size`", "write k3"),
    ("9 relu k3", "CC923 unknown-field: `k3`: relu has no `kernel_size`", "its fields: none"),
    ("9 max_pool k3 a1", "CC923 unknown-field: `a1`: max_pool has no `output_padding`", "its fields: ceil_mode, dilation, kernel_size, padding, stride"),
    ("9 relu 3", "CC923 unknown-field: `relu` takes no number", "leave it out"),
    ("9 greater", "CC929 bad-layer: `greater` is of a kind that can join layers, and a chain has none of them", "write the network as a file: convcalc init, convcalc plan"),
    ("9 add", "CC929 bad-layer: `add` joins several layers, and a chain has only one", "write the network as a file: convcalc init, convcalc plan"),
    ("3@9 k3 , flatten", "CC924 missing-field: `k3` does not say how many filters it has", "write conv 64, or leave the channels out of the size"),
    ("9x9 k3 , flatten", "CC924 missing-field: `k3` does not say how many filters it has", "write conv 64"),
    ("@9x9 k3 , flatten", "CC924 missing-field: `flatten` counts channels, and `@9x9` names none", "write them before the @, as in 3@9x9"),
    ("@2x3x4x5 k3", "CC109 wrong-rank: `@2x3x4x5` has 4 numbers", "write up to three axes, with the channels before them: 224, 224x192, 3x224x224, or 3@224x224 to mark the channels"),
    ("@ k3", "CC926 wrong-type: `@`: a size wants a whole number, got none", "write 224, 224x192, 3x224x224, or 3@224x224 to mark the channels"),
    ("9 relu x0", "CC927 wrong-value: `x0` leaves no layer", "write the layer before it: k3 x2"),
    ("9 x3", "CC927 wrong-value: `x3` repeats no layer", "write the layer before it: k3 x2"),
    ("9 k3 d1,2 p1,2,3", "CC927 wrong-value: the lists `d1,2` and `p1,2,3` have unequal lengths", "give each as many values as the others"),
    ("9 k1x1x1x1x1", "CC109 wrong-rank: `k1x1x1x1x1` lists 5 values", "write one, or one an axis (up to 3)"),
    ("9 upsample 1.2.3", "CC926 wrong-type: `1.2.3`: a value wants a number, got `1.2.3`", "write 2 or 1.5"),
    ("9 upsample 1.23456789012345678", "CC926 wrong-type: `1.23456789012345678`: a value wants a number, got `1.23456789012345678`", "write 2 or 1.5"),
    ("9 upsample 1." + "2" * 60, "CC926 wrong-type: `1." + "2" * 60 + "`: a value wants a number, got `1." + "2" * 38 + "`", "write 2 or 1.5"),
    ("9 max_pool 2 k3", "CC925 field-given-twice: `k3` sets `kernel_size` a second time", "keep one of them"),
    ("9 dwconv 3", "CC922 unknown-kind: `dwconv` is no layer, field or word", "write `conv` with `dw`"),
    ("9 embedding num_embeddings=9", "CC924 missing-field: `embedding num_embeddings=9` needs `embedding_dim`", "write embedding_dim=128"),
    ("9 split part=0", "CC924 missing-field: `split part=0` needs `parts`", "write parts=2"),
    ("9x9x9 pixel_shuffle", "CC924 missing-field: `pixel_shuffle` needs `factor`", "write pixel_shuffle 2"),
    ("3@9x9 reduce", "CC924 missing-field: `reduce` needs `pattern`", 'no word writes it: write a file, with `reduce: "c h w -> c"` for the layer'),
    ("3@9x9 permute", "CC924 missing-field: `permute` needs `axes`", "write permute 0x2x1"),
    ("9 conv_transpose k3 same", "CC926 wrong-type: `padding` of conv_transpose takes numbers, got 'same'", "write 0, [1, 2] (per axis) or [[0, 1], [2, 2]] (before, after)"),
]  # fmt: skip


@each(("words", "message", "help"), REFUSED)
def test_what_does_not_parse_says_what_would(words: str, message: str, help: str) -> None:
    with pytest.raises(StackError) as caught:
        shape(words.split())
    (problem,) = caught.value.problems
    assert f"{problem.code} {problem.slug}: {problem.message}" == message
    assert problem.help == help


@each(
    ("words", "column", "width"),
    [
        ("9 k3 k5", 6, 2),
        ("9 k3 ,", 6, 1),
        # The second comma of two has nothing before it.
        ("9 k3,, k5", 6, 1),
        ("9 k3 , , k5", 8, 1),
        ("9, k3", 2, 1),
        ("9 k3 d1,2, kk", 12, 2),
        ("9 k3,kk", 6, 2),
        ("9 ,,k3", 3, 1),
        ("9 relu k3", 8, 2),
        ("9 relu 3", 8, 1),
        ("2 k3 s2", 3, 2),
        ("9 k3 s2 , max_pool k2 p2", 23, 2),
        ("4@9 conv 6 k3 g3", 15, 2),
        ("9 conv_transpose k3 s2 a2", 24, 2),
        ("3@9x9 pixel_shuffle 2", 21, 1),
        ("9 k3 s2 same", 9, 4),
        # A number without a letter is the main field.
        ("9 conv 0 k3", 8, 1),
        ("9 dropout 2", 11, 1),
        ("", 1, 1),
    ],
)
def test_a_refusal_is_of_its_word(words: str, column: int, width: int) -> None:
    with pytest.raises(StackError) as caught:
        shape(words.split())
    (problem,) = caught.value.problems
    assert problem.place == (1, column, width)


def test_the_caret_stands_under_the_word() -> None:
    with pytest.raises(StackError) as caught:
        shape(["224", "k7", "conv", "64,", "max_pol", "2"])
    assert caught.value.source == "224 k7 conv 64, max_pol 2"
    with pytest.raises(StackError) as caught:
        shape(["224", "k7,", "max_pol", "2"])
    (problem,) = caught.value.problems
    assert problem.place == (1, 9, 7)
    assert caught.value.source[8:15] == "max_pol"


def test_the_letters_are_those_of_the_format() -> None:
    assert {field: letter for letter, (field, _, _) in LETTERS.items()} == {
        field: name for field, name in SHORT_NAMES.items() if len(name) == 1
    }
    assert WRITTEN_WORDS == PADDING_WORDS
    assert MAX_FIELD == MAX_COUNT


@settings(max_examples=300)
@given(st.text(st.sampled_from("0123456789xkspdag:,@=~.-_ convrelu\u00d7\u0661é"), max_size=30))
def test_whatever_is_written_parses_or_is_refused_in_place(text: str) -> None:
    try:
        question = parse(text.split(" "), kind_names())
    except ShorthandError as error:
        refused = error
    else:
        assert all(size >= 1 for size in (*question.size, *question.axes))
        assert question.layers
        return
    assert 0 <= refused.start <= len(" ".join(text.split()))
    assert str(refused)
    assert refused.help is not None


@each(
    ("word", "times"),
    [
        ("x3", 3), ("x0", 0), ("x", None), ("y3", None), ("x-1", None), ("x\u00b2", None),
        ("x\u0663", None), ("x999999", 999_999), ("x000002", 2), ("x1234567", 10**6),
    ],
)  # fmt: skip
def test_how_often_a_word_repeats(word: str, times: int | None) -> None:
    assert _times(word) == times


@each(
    ("word", "lists"),
    [
        ("k1,2", ("k", ["1", "2"])),
        ("d1x2,4", ("d", ["1x2", "4"])),
        ("k=3,5", ("k=", ["3", "5"])),
        ("kernel_size=3,5,7", ("kernel_size=", ["3", "5", "7"])),
        ("kernel3,5", None),
        ("k1", None),
        ("k1,", None),
        ("k,1", None),
        ("1,2", None),
        ("k2=1,2", None),
    ],
)
def test_a_list_stands_behind_a_field(word: str, lists: tuple[str, list[str]] | None) -> None:
    assert listed(word) == lists


@each(("words", "layers"), [
    ("9 k1 x100", 100),
    ("9 k1 x101", None),
    # Lists of three, 33 times, and what stands before them.
    ("9 k1 d1,1,1 x33", 99),
    ("9 k1 , k1 d1,1,1 x33", 100),
    ("9 k1 , k1 , k1 d1,1,1 x33", None),
    ("9 k1 d1,1,1 x34", None),
    ("9 k1 x10 x10", 100),
    ("9 k1 x10 x11", None),
    (f"9 k1 x{'9' * 30}", None),
])  # fmt: skip
def test_a_chain_unrolls_to_so_many_layers(
    words: str, layers: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeating, "MAX_LAYERS", 100)
    if layers is None:
        with pytest.raises(ShorthandError, match="unrolls to more than 100 layers"):
            parse(words.split(), SLIDING)
    else:
        assert len(parse(words.split(), SLIDING).layers) == layers


@each(("words", "column", "message"), [
    # A layer is shown at its first word, a word where it stands.
    ("224 conv s2 d2", 5, "`conv s2 d2` needs `kernel_size`"),
    ("224 k3 , conv s2 d2", 10, "`conv s2 d2` needs `kernel_size`"),
    ("224 k_3", 5, "`k_3` is no layer, field or word"),
    ("224 k3 , s_", 10, "`s_` is no layer, field or word"),
    ("224 k3 s2 kk", 11, "`kk` is no layer, field or word"),
    ("224 k3 k5", 8, "`k5` sets what `k3` has set"),
])  # fmt: skip
def test_where_a_mistake_stands(words: str, column: int, message: str) -> None:
    with pytest.raises(StackError) as caught:
        shape(words.split())
    (problem,) = caught.value.problems
    assert problem.place is not None
    assert (problem.place.column, problem.message) == (column, message)


@each(("words", "message"), [
    ("9 k3x3x3x3x3", "`k3x3x3x3x3` lists 5 values"),
    ("9 k1x1x1x1", "`k1x1x1x1` does not fit its input"),
    ("9 k3 p1x2x3x4x5", "`p1x2x3x4x5` lists 5 values"),
    ("9 k3 p1:2x3x4x5x6", "`p1:2x3x4x5x6` lists 5 values"),
    ("1x2x3x4x5 k1", "`1x2x3x4x5` has 5 numbers"),
    ("@1x2x3x4 k1", "`@1x2x3x4` has 4 numbers"),
    ("3@1x2x3x4 k1", "`3@1x2x3x4` has 5 numbers"),
    ("9 k0", "`k0`: the kernel is 1 or more, got 0"),
    ("9 k0000000000", "`k0000000000`: the kernel is 1 or more, got 0000000000"),
    ("9 k-1", "`k-1`: the kernel is 1 or more, got -1"),
    ("9 k+3", "`k+3`: the kernel is 1 or more, got +3"),
    ("9 k3 p-1", "`p-1`: the padding is 0 or more, got -1"),
    ("0 k1", "`0`: a size is 1 or more, got 0"),
    # A field is at most 10^9, a size below 10^18.
    ("9 k1000000000", "`k1000000000` does not fit its input"),
    ("9 k1000000001", "`k1000000001`: the kernel is at most 1000000000"),
    (f"1{'0' * 18} k1", f"`1{'0' * 18}`: a size is at most 10^18 - 1"),
    ("9 k3a", "`k3a`: the kernel wants a whole number, got `3a`"),
    ("9x k1", "`9x`: a size wants a whole number, got none"),
    ("1.5 k1", "`1.5`: a size wants a whole number, got `1.5`"),
    ("9 k3 p0:", "`p0:`: the padding wants a whole number, got none"),
    ("9 k3 p1:2:3", "`p1:2:3`: the padding wants a whole number, got `2:3`"),
    ("9 k3 p1:a", "`p1:a`: the padding wants a whole number, got `a`"),
    ("9 , ,", "there is no layer beside this comma"),
    ("x9 k1", "there is no size in front of `x9`"),
    # Forty characters stand whole; of more the first 37.
    (f"9 k{'1' * 39}", f"`k{'1' * 39}`: the kernel is at most 1000000000"),
    (f"9 k{'1' * 40}", f"`k{'1' * 36}...`: the kernel is at most 1000000000"),
    # More digits than Python reads.
    (f"9 k{'1' * 5000}", f"`k{'1' * 36}...`: the kernel is at most 1000000000"),
    (f"9 k3{'a' * 50}", f"`k3{'a' * 35}...`: the kernel wants a whole number, got `3{'a' * 39}`"),
])  # fmt: skip
def test_values_that_cannot_be(words: str, message: str) -> None:
    with pytest.raises(StackError) as caught:
        shape(words.split())
    assert caught.value.problems[0].message == message


def test_the_largest_size() -> None:
    assert shape([f"{'9' * 18}", "k1"]).output == (10**18 - 1,)
