"""Arguments of functions, and values of files in words: what means nothing is said."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.network.arguments import one_of, sizes, span, whole_number
from convcalc.network.expressions.parts import describe_value
from convcalc.network.written_values import named
from tests.each import each


@each(
    ("read", "wanted"),
    [
        (lambda: sizes(3, "size"), (3,)),
        (lambda: sizes([3, 4, 5], "size"), (3, 4, 5)),
        (lambda: sizes((0,), "size", 0), (0,)),
        (lambda: whole_number(0, "pad", 0), 0),
        (lambda: span(3, "kernel", 3), range(3, 4)),
        (lambda: span((3, 3), "kernel", 1), range(3, 4)),
        (lambda: span(range(2, 9), "kernel", 1), range(2, 9)),
        (lambda: one_of("tf", ("torch", "tf"), "dialect"), "tf"),
    ],
)
def test_what_is_meant(read: Callable[[], object], wanted: object) -> None:
    assert read() == wanted


SIZE = "size wants a size, 1 or more on each axis, got "
SPAN = "kernel wants a number, 1 or more, or the first and the last of several, got "


@each(
    ("read", "message", "help"),
    [
        (lambda: sizes([], "size"), f"{SIZE}`[]`", "size=224"),
        (lambda: sizes([1, 1, 1, 1], "size"), f"{SIZE}`[1, 1, 1, 1]`", "size=224"),
        (lambda: sizes("12", "size"), f"{SIZE}`'12'`", "size=224"),  # type: ignore[arg-type]
        (lambda: sizes({7}, "size"), f"{SIZE}`{{7}}`", "size=224"),  # type: ignore[arg-type]
        (lambda: sizes([True], "size"), f"{SIZE}`[True]`", "size=224"),
        (lambda: sizes([3, 0], "size"), "size wants an integer, 1 or more, got `0`", "size=8"),
        (lambda: whole_number(2.0, "n", 1), "n wants an integer, 1 or more, got `2.0`", "n=8"),
        (lambda: whole_number(True, "n", 0), "n wants an integer, 0 or more, got `True`", "n=8"),
        (lambda: span(0, "kernel", 1), f"{SPAN}`0`", "kernel=(1, 4)"),
        (lambda: span((4, 3), "kernel", 1), f"{SPAN}`(4, 3)`", "kernel=(1, 4)"),
        (lambda: span((1, 2, 3), "kernel", 1), f"{SPAN}`(1, 2, 3)`", "kernel=(1, 4)"),  # type: ignore[arg-type]
        (lambda: span((1, True), "kernel", 1), f"{SPAN}`(1, True)`", "kernel=(1, 4)"),
        (lambda: span(range(0), "kernel", 1), f"{SPAN}`()`", "kernel=(1, 4)"),
        (
            lambda: one_of("torhc", ("torch", "tf"), "dialect"),
            "dialect: there is no `torhc`", "did you mean `torch`?",
        ),
    ],
)  # fmt: skip
def test_what_means_nothing(read: Callable[[], object], message: str, help: str) -> None:
    with pytest.raises(StackError) as caught:
        read()
    (problem,) = caught.value.problems
    assert (problem.slug, problem.message, problem.help) == ("wrong-value", message, help)


@each(
    ("value", "words"),
    [
        # In quotes forty characters stand whole; of more the first 39.
        ("x" * 38, f"the word '{'x' * 38}'"),
        ("x" * 39, f"the word '{'x' * 38}…"),
        ([1] * 99, f"the list [{'1, ' * 12}1,…"),
        ((1, 2), "the list (1, 2)"),
        ({"a": 1}, "the mapping {…}"),
        (False, "false"),
        (10**30 - 1, "9" * 30),
        (-(10**30), "a number of more than 30 digits"),
        (Fraction(1, 3), "the number 1/3"),
        (0.5, "the number 0.5"),
        ({1}, "a set"),
    ],
)
def test_values_in_words(value: Any, words: str) -> None:
    assert describe_value(value) == words


@each(("letters", "shown"), [(40, "c" * 40), (41, "c" * 37 + "...")])
def test_a_word_is_named_in_forty_characters(letters: int, shown: str) -> None:
    assert named("c" * letters) == f"`{shown}`"


def test_a_file_has_so_many_functions_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    functions = "  f: {args: [c], value: =c}\n  g: {args: [c], value: =c}\n"
    text = f"convcalc: 1\ninput: [1, 8]\nfunctions:\n{functions}layers: [relu]\n"
    monkeypatch.setattr("convcalc.network.declarations.MAX_FUNCTIONS", 2)
    assert convcalc.loads(text).name
    monkeypatch.setattr("convcalc.network.declarations.MAX_FUNCTIONS", 1)
    with pytest.raises(StackError) as caught:
        convcalc.loads(text)
    (problem,) = caught.value.problems
    assert (problem.slug, problem.message) == (
        "too-much-work",
        "the file has more than 1 functions",
    )
    assert problem.place is not None
    assert problem.place.line == 5


@pytest.mark.parametrize(("most", "found"), [(18, []), (17, [6]), (11, [5])])
def test_a_file_has_so_many_characters_of_expressions_at_most(
    most: int, found: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of `=cin*1` and its like has six; the first that is too many is told, and no other."""
    layers = "".join(f"  - conv: {{out: =cin*{n}, k: 1}}\n" for n in (1, 2, 3))
    text = f"convcalc: 1\ninput: [1, 8]\nlayers:\n{layers}"
    monkeypatch.setattr("convcalc.network.findings.MAX_EXPRESSION_CHARACTERS", most)
    try:
        convcalc.loads(text)
    except StackError as error:
        told = [(one.slug, one.place and one.place.line) for one in error.problems]
    else:
        told = []
    assert told == [("too-much-work", line) for line in found]
