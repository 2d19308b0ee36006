"""Every repair repairs: what a help spells out, done to the file, ends the finding and makes none.

`tests/laws.py` holds it over drawn layers, here it is held over the broken files of `bad`, with
all codes; `tests/fuzz` has examples with slips.
"""

from __future__ import annotations

from functools import cache

import pytest

import convcalc
from convcalc.core.errors import Problem
from tests.each import each
from tests.network.applying import repaired
from tests.network.test_bad_files import FILES, error_of, text_of

# What was in the file before and could not be told: the layer behind a word that was no kind, a
# name or key that stands there twice, the next merge, what lies behind a wrong `vars`, the layers
# of a block with a misspelt key.
HIDDEN = {
    ("blocks-unreadable", "block `bare` has no layers"),
    ("beside-a-kind", "the name `x` is already taken in line 4"),
    ("defaults", "the key `conv` is given twice, on lines 4 and 5"),
    ("mistakes-in-an-unused-block", "`conv` needs `kernel_size`"),
    ("unet-unpadded", "layer `concat_2` (concat)"),
    ("unet-without-output-padding", "layer `concat_2` (concat)"),
    ("variables-in-a-list", "`out` of `conv` has an expression with a mistake"),
    ("words-that-hide-something", "`conv` needs `out_channels` and `kernel_size`"),
}


def problems_of(text: str) -> tuple[Problem, ...]:
    try:
        convcalc.plan(convcalc.loads(text))
    except convcalc.StackError as error:
        return error.problems
    return ()


def count(problems: tuple[Problem, ...], like: Problem) -> int:
    told = (like.slug, like.message, like.note)
    return sum((one.slug, one.message, one.note) == told for one in problems)


@cache
def ways_of(name: str) -> tuple[tuple[Problem, tuple[str, ...]], ...]:
    """Each finding of a broken file with the texts that its help makes."""
    text = text_of(name)
    return tuple((one, tuple(repaired(text, one))) for one in error_of(name).problems)


@each("name", FILES)
def test_what_is_spelt_out_repairs(name: str) -> None:
    before = error_of(name).problems
    known = {(one.slug, one.message) for one in before}
    for problem, ways in ways_of(name):
        for again in ways:
            after = problems_of(again)
            assert count(after, problem) < count(before, problem), (problem.help, again)
            new = [one for one in after if (one.slug, one.message) not in known]
            assert [one for one in new if (name, one.message) not in HIDDEN] == [], again


def test_most_of_what_is_named_is_spelt_out() -> None:
    """The reader of helps reads them: a change of their words must not pass it by."""
    done = [(problem.slug, len(ways)) for name in FILES for problem, ways in ways_of(name)]
    assert sum(ways for _, ways in done) >= 130
    assert len({slug for slug, ways in done if ways}) >= 18


@each(
    ("text", "repaired_text"),
    [
        pytest.param(
            "- max_pool: [1, 9]", "- max_pool: {kernel_size: [1, 9], padding: [0, 1]}", id="main"
        ),
        pytest.param(
            "- conv: {out: 4, k: 9, g: 2}",
            "- conv: {out_channels: 4, kernel_size: 9, groups: 1, padding: 2}",
            id="two",
        ),
        pytest.param("- relu: 3", "- relu", id="word"),
    ],
)
def test_a_reader_follows_the_words(text: str, repaired_text: str) -> None:
    head = "convcalc: 1\ninput: [1, 5, 7]\nlayers:\n  "
    (problem,) = problems_of(head + text)
    first = next(iter(repaired(head + text, problem)))
    assert first == head + repaired_text
    assert problems_of(first) == ()
