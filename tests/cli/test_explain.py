"""`convcalc explain` and `convcalc schema`: offline manuals that are true."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import convcalc
from convcalc.core.errors import CODES, StackError
from convcalc.features.explain.explanations import EXPLANATIONS
from convcalc.kinds import find_kind, kind_names
from tests.each import each

Run = Callable[..., Any]


def test_every_finding_is_explained_and_nothing_else() -> None:
    assert list(EXPLANATIONS) == list(CODES)
    for slug, explanation in EXPLANATIONS.items():
        assert len(explanation.text) > 40, slug
        assert explanation.text.endswith("."), slug


# A file of which the work is counted up to its limit.
LONG = ("too-much-work",)


@each("slug", [slug for slug in EXPLANATIONS if EXPLANATIONS[slug].example and slug not in LONG])
def test_every_example_has_its_finding(slug: str) -> None:
    assert slug in found(EXPLANATIONS[slug].example)


@pytest.mark.thorough
@pytest.mark.parametrize("slug", LONG)
def test_an_example_of_much_work_has_its_finding(slug: str) -> None:
    assert slug in found(EXPLANATIONS[slug].example)


def found(text: str) -> list[str]:
    try:
        failures = convcalc.plan(convcalc.loads(text)).failures
    except StackError as error:
        return [problem.slug for problem in error.problems]
    return [problem.slug for problem in failures or ()]


def test_a_faultless_example_would_be_seen() -> None:
    assert found("convcalc: 1\ninput: [3]\nlayers: [linear: 2]\n") == []


@pytest.mark.parametrize("subject", ["CC101", "cc101", "kernel-exceeds-input"])
def test_the_page_of_a_finding(run: Run, subject: str) -> None:
    result = run("explain", subject)
    assert (result.code, result.err) == (0, "")
    assert result.out == (
        "CC101 kernel-exceeds-input\n\n"
        "The kernel, spread by its dilation to K = d(k - 1) + 1 pixels, is larger than the padded\n"
        "input, so that there is no position for it. Use a smaller kernel or dilation, more\n"
        "padding, a larger input, or fewer strides before this layer.\n\n"
        "Example that has it:\n\n"
        "    convcalc: 1\n"
        "    input: [3, 8, 8]\n"
        "    layers:\n"
        "      - conv: {out: 8, k: 11}\n"
    )


@each("name", kind_names())
def test_the_page_of_every_kind_names_its_fields(run: Run, name: str) -> None:
    result = run("explain", name)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f"{name}\n\n")
    kind = find_kind(name)
    assert kind is not None
    for field in kind.model_fields:
        assert f"\n  {field}" in result.out
    assert max(map(len, result.out.splitlines())) <= 100


def test_list_names_everything(run: Run) -> None:
    out = run("explain", "--list").out
    for name in (*kind_names(), *CODES, *CODES.values()):
        assert name in out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        pytest.param(
            ["covn"],
            "Invalid value for SUBJECT: nothing is called `covn`; did you mean `conv`?",
            id="typo",
        ),
        pytest.param([], "name a concept, a kind or a finding, or give --list", id="nothing"),
    ],
)
def test_what_cannot_be_explained(run: Run, args: list[str], message: str) -> None:
    expected = f"error: {message}\nhelp: convcalc explain --help\n"
    assert run("explain", *args) == (2, "", expected)


@pytest.mark.parametrize(
    ("args", "title"),
    [
        pytest.param([], "convcalc layer stack", id="of the format"),
        pytest.param(["--plan"], "convcalc plan", id="of the plan"),
        pytest.param(["--for", "plan", "--plan"], "convcalc plan", id="of the plan, said twice"),
        pytest.param(["--for", "shape"], "convcalc shape", id="of an answer"),
    ],
)
def test_schemas(run: Run, args: list[str], title: str) -> None:
    result = run("schema", *args)
    assert (result.code, result.err) == (0, "")
    data = json.loads(result.out)
    assert data["title"].startswith(title)
    assert "://json-schema.org/draft" in data["$schema"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        pytest.param(
            ["--for", "shap"],
            "Invalid value for --for: there is no `shap`; did you mean `shape`?",
            id="typo",
        ),
        pytest.param(
            ["--for", "shape", "--plan"], "--plan is the same as --for plan; give one of them",
            id="two answers",
        ),
    ],
)  # fmt: skip
def test_no_such_schema(run: Run, args: list[str], message: str) -> None:
    error = f"error: {message}\nhelp: convcalc schema --help\n"
    assert run("schema", *args) == (2, "", error)
