"""Concepts: a page says what it is, its formula, a command that runs, and what is often wrong."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from convcalc.core.errors import CODES
from convcalc.features.explain.concepts import concept_names, find_concept, title_of
from convcalc.kinds import find_kind
from tests.each import each

Run = Callable[..., Any]
ROOT = Path(__file__).parents[2]
# What people who meet these words for the first time ask for, and other words for the same.
ASKED = {
    "receptive-field": ["receptive field", "RF", "field of view"],
    "effective-receptive-field": ["erf"],
    "dilation": ["atrous convolution"],
    "padding": ["zero_padding"],
    "stride": ["subsampling"],
    "im2col": [],
    "transposed-convolution": ["deconvolution", "Transposed Convolution"],
    "output-padding": ["output_padding"],
    "parameter-sharing": ["weight sharing"],
    "equivariance": ["translation equivariance"],
    "invariance": [],
    "flops": [],
    "macs": ["multiply-accumulates", "madds"],
    "1x1": ["pointwise convolution"],
    "depthwise": ["depthwise separable"],
    "cross-correlation": ["flipped kernel"],
}


@each("name", concept_names())
def test_a_page_has_its_parts_on_half_a_page(name: str, monkeypatch: Any, run: Run) -> None:
    monkeypatch.chdir(ROOT)
    text = find_concept(name)
    assert text is not None
    parts = re.split(r"\n\n(?=Formula:|See: |Beware: )", text)
    heads = [part.split(":")[0] for part in parts[1:]]
    assert heads == ["Formula", "See", "Beware"]
    assert len(text.splitlines()) <= 32
    assert max(map(len, text.splitlines())) <= 110
    (command,) = re.findall(r"^See: `convcalc (.+)`$", text, re.MULTILINE)
    result = run(*shlex.split(command))
    assert (result.code, result.err) == (0, "")


@each("name", concept_names())
def test_pages_point_at_pages(name: str) -> None:
    for other in re.findall(r": see\s+([\w-]+)\.", find_concept(name) or ""):
        assert find_concept(other)


@each(("name", "words"), ASKED.items())
def test_it_is_found_by_what_people_call_it(name: str, words: list[str], run: Run) -> None:
    page = run("explain", name).out
    assert page.startswith(title_of(name) + "\n\n")
    for word in words:
        assert run("explain", word).out == page


def test_no_word_means_two_things() -> None:
    words = []
    for name in concept_names():
        also = re.findall(r"^Also: (.+)\.$", find_concept(name) or "", re.MULTILINE)
        found = [word.lower() for text in also for word in text.split(", ")]
        assert all(find_concept(word) == find_concept(name) for word in found)
        words += [name, *found]
    assert len(words) == len(set(words))
    for word in words:
        assert find_kind(word) is None, word
        assert word not in CODES, word


def test_a_misspelt_concept_is_guessed(run: Run) -> None:
    result = run("explain", "recptive-field")
    assert result.code == 2
    assert "did you mean `receptive-field`?" in result.err


def test_the_pages_are_part_of_the_package() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        data = tomllib.load(file)["tool"]["setuptools"]["package-data"]["convcalc"]
    assert "features/explain/concepts/*.md" in data
