"""What a network is called, and what it remembers from one graph to the next."""

from __future__ import annotations

import pytest

import convcalc
from convcalc.core.shapes import Shape
from convcalc.kinds import find_kind
from convcalc.network import stem
from tests.each import each


@each(
    ("file", "name"),
    [
        ("nets/resnet18.net.yaml", "resnet18"),
        ("a.net.yml", "a"),
        ("a.b.yaml", "a.b"),
        ("a.yml", "a"),
        ("a.txt", "a.txt"),
        # One ending is taken off, the longest.
        ("a.yaml.net.yaml", "a.yaml"),
        # Names before and behind a dash in the order of characters.
        ("+1.yaml", "+1"),
        ("--.yaml", "--"),
        # The standard input, and what has no name.
        ("-", "network"),
        ("", "network"),
        (".yaml", "network"),
    ],
)
def test_a_network_without_a_name_has_that_of_its_file(file: str, name: str) -> None:
    assert stem(file) == name


HEAD = "convcalc: 1\ninput: [3, 8, 8]\n"
COUNT = "an integer of 0 or more, or an expression"
TRUTH = "an expression, true or false"


@each(
    ("text", "message", "note", "help", "width"),
    [
        pytest.param(
            f"{HEAD}layers: [{{conv: 1, relu: ~, tanh: ~, elu: ~, gelu: ~}}]\n",
            "a layer has one kind, got `conv` and `relu` and `tanh` and `elu`", "",
            "give each layer its own `- `", 4, id="no more than four kinds are listed",
        ),
        pytest.param(
            "convcalc: 1\ninput: [1, 2, 3, 4, 5]\nlayers: [relu]\n",
            "`input` has 5 sizes; 1 to 4 are possible", "the batch is no part of it",
            "write [F], [C, L], [C, H, W] or [C, D, H, W]: one sample, channels first", 15,
            id="a volume and its batch",
        ),
        pytest.param(
            "convcalc: 1\ninput: [1, 2, 3, 4, 5, 6]\nlayers: [relu]\n",
            "`input` has 6 sizes; 1 to 4 are possible", "",
            "write [F], [C, L], [C, H, W] or [C, D, H, W]: one sample, channels first", 18,
            id="more than a volume and its batch",
        ),
        pytest.param(
            f"{HEAD}layers: [relu]\nexpect: {{output: 1x2x3x4x5}}\n",
            "`output` of `expect` of the network wants a list of sizes, got '1x2x3x4x5'", "",
            "write [1, 2, 3, 4]", 9, id="no more than four sizes are taken for an output",
        ),
        pytest.param(
            f"{HEAD}layers: [relu]\noutputs: [prev]\n",
            "there is no layer `prev` to be an output", "", "name the layer itself", 4,
            id="what stands before is no output",
        ),
        pytest.param(
            f"{HEAD}layers: [conv: {{out: =channels(nope), k: 1}}]\n",
            "there is no layer `nope` before layer `conv_1`", "", "known here: input, prev", 15,
            id="the size of a layer that there is not",
        ),
        pytest.param(
            f"{HEAD}layers: [{{upsample: {{like: nope}}}}]\n",
            "there is no layer `nope` before layer `upsample_1`", "", "known here: input, prev", 4,
            id="like a layer that there is not",
        ),
        pytest.param(
            f"{HEAD}layers: [conv: {{out: 1, k: 1, name: x}}]\n",
            "`conv` has no `name`", "",
            "put it beside the kind: `{KIND: {...}, name: ...}`", 4, id="a name inside of the kind",
        ),
        pytest.param(
            f"{HEAD}vars: {{a: true}}\nlayers: [relu]\n",
            "variable `a` wants a number or an expression, got true", "",
            "write `a: 64`, `a: 0.25` or `a: 1/3`", 4, id="a truth is no number",
        ),
        *(
            pytest.param(
                f"{HEAD}functions: {{f: {{args: {args}, value: =2}}}}\nlayers: [relu]\n",
                "`args` of function `f` are no list of different names", "", "write `args: [c]`",
                len(args), id=f"arguments {args}",
            )
            for args in ("[c, c]", "[]", "c")
        ),
        pytest.param(
            f"{HEAD}layers: [conv: {{out: =2$3, k: 1}}]\n",
            "`out` of `conv` has an expression with a mistake",
            "`$` has no meaning in an expression",
            "use `+ - * / // %`, comparisons, `and`, `or` and `not`", 1,
            id="a mistake of one character is as wide",
        ),
        *(
            pytest.param(
                f"{HEAD}vars: {{w: 2}}\nlayers: [{{relu: {{}}, {key}: {value}}}]\n",
                f"`{key}` of layer `relu_1` wants {wants}, got {got}", "", help, len(value),
                id=f"{key}: {value}",
            )
            for key, value, wants, got, help in (
                ("repeat", "abc", COUNT, "'abc'", "write `repeat: 2`"),
                ("repeat", "w", COUNT, "'w'", "write `repeat: =w`"),
                ("repeat", "-1", COUNT, "-1", "write `repeat: 2`"),
                ("repeat", "2.5", COUNT, "2.5", "write `repeat: 2`"),
                ("repeat", "true", COUNT, "true", "write `repeat: 2`"),
                ("if", "abc", TRUTH, "'abc'", "write `if: =cin>64`, `if: true` or `if: false`"),
                ("if", "w>1", TRUTH, "'w>1'", "write `if: =w>1`"),
                ("if", "1", TRUTH, "1", "write `if: =cin>64`, `if: true` or `if: false`"),
            )
        ),
        pytest.param(
            f"{HEAD}layers: [conv: {{out: =max(2)), k: 1}}]\n",
            "`out` of `conv` has an expression with a mistake", "`)` closes nothing",
            "delete it, or open it with `(`", 1, id="a bracket too many in braces",
        ),
    ],
)  # fmt: skip
def test_what_is_said_of_a_slip(text: str, message: str, note: str, help: str, width: int) -> None:
    with pytest.raises(convcalc.StackError) as caught:
        convcalc.loads(text)
    (problem,) = caught.value.problems
    assert (problem.message, problem.note, problem.help) == (message, note, help)
    assert problem.place is not None
    assert problem.place.width == width


def test_sizes_of_text_are_never_open() -> None:
    assert not convcalc.loads("convcalc: 1\ninput: [1, 1]\nlayers: [relu]\n").has_open_sizes


@pytest.mark.parametrize(
    ("most", "again"),
    [
        pytest.param(2, [], id="both are remembered"),
        pytest.param(1, [(1, 8)], id="what is too much is forgotten"),
    ],
)
def test_facts_are_worked_out_once_a_shape(
    most: int, again: list[Shape], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Shape] = []
    kind = find_kind("max_pool")
    assert kind is not None
    output = kind.output  # type: ignore[attr-defined]

    def counted(self: object, x: Shape) -> Shape:
        asked.append(x)
        found: Shape = output(self, x)
        return found

    monkeypatch.setattr("convcalc.network._MEMO_LIMIT", most)
    monkeypatch.setattr(kind, "output", counted)
    network = convcalc.loads("convcalc: 1\ninput: [1, 8]\nlayers: [max_pool: 2]\n")
    for size in (8, 6):
        asked.clear()
        network.graph(input=(1, size))
        assert set(asked) == {(1, size)}
    asked.clear()
    network.graph(input=(1, 8))
    assert sorted({*asked}) == again
