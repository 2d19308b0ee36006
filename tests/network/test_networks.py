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
