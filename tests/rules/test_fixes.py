"""Fixes: what they write, in every style of the file, and that the finding is gone then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import convcalc
from convcalc.cli import run
from convcalc.features.check.fixing import fixed_in_rounds
from convcalc.features.check.rules import all_rules, unused_block_argument
from tests.each import each
from tests.rules.stacks import RULES, cases, found, stack

CASES = cases("fixes.txt")
FIXING = [rule for rule in all_rules() if rule.fix != "none"]


def fixed(slug: str, text: str, unsafe: bool = True) -> str:
    return fixed_in_rounds(text, lambda now: found([RULES[slug]], now), unsafe=unsafe).text


@each("ending", ["\n", "\r\n"], ids=repr)
@each(("slug", "body"), [pytest.param(s, b, id=f"{s}: {about}") for s, about, b in CASES])
def test_fix_writes_this_text(slug: str, body: str, ending: str) -> None:
    before, after = (f"convcalc: 1\n{part.strip()}\n" for part in body.split("\n---\n"))
    before, after = (part.replace("\n", ending) for part in (before, after))
    problems = found([RULES[slug]], before)
    assert problems
    assert fixed(slug, before) == after
    has_fix = any(problem.fix for problem in problems)
    assert has_fix == (before != after)
    if has_fix:
        assert found([RULES[slug]], after) == []


@each("slug", [rule.slug for rule in FIXING])
def test_fix_of_the_failing_stack(slug: str) -> None:
    rule = RULES[slug]
    before = stack(rule, "Bad")
    after = fixed(slug, before, unsafe=rule.fix == "unsafe")
    assert after != before
    assert found([rule], after) == []
    convcalc.plan(convcalc.loads(after))


@each("indent", [None, 2])
@each("slug", [rule.slug for rule in FIXING])
def test_fix_of_a_json_file_leaves_one(slug: str, indent: int | None) -> None:
    rule = RULES[slug]
    before = json.dumps(yaml.safe_load(stack(rule, "Bad")), indent=indent)
    after = fixed(slug, before, unsafe=rule.fix == "unsafe")
    assert json.loads(after) != json.loads(before)
    assert found([rule], after) == []


@pytest.mark.parametrize("indent", [None, 1], ids=["one line", "many lines"])
def test_fix_behind_64_kib(
    indent: int | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a long text less is kept, and a fix is told at its own place all the same."""
    layers: list[Any] = [{"relu": {}, "note": "é"} for _ in range(5000)]
    layers += [{"conv": {"out": 4, "k": 3, "p": 1}, "name": "last"}, "batch_norm"]
    written = {"convcalc": 1, "input": [4, 8, 8], "layers": layers}
    text = json.dumps(written, ensure_ascii=False, indent=indent)
    assert len(text.encode()) > 1 << 16
    file = tmp_path / "net.net.json"
    file.write_text(text, encoding="utf-8")
    assert run(["check", str(file), "--select", "CC405", "--format", "json"]) == 0
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    (edit,) = problem["fix"]["edits"]
    lines = text.splitlines()
    line = lines[edit["line"] - 1]
    assert (edit["end_line"], edit["end_column"]) == (edit["line"], edit["column"])
    lines[edit["line"] - 1] = line[: edit["column"] - 1] + edit["text"] + line[edit["column"] - 1 :]
    after = json.loads("\n".join(lines))["layers"]
    assert after[:-2] == layers[:-2]
    assert after[-2] == {"conv": {"out": 4, "k": 3, "p": 1, "bias": False}, "name": "last"}


@each("slug", [rule.slug for rule in all_rules()])
def test_fixes_are_as_safe_as_the_rule_says(slug: str) -> None:
    rule = RULES[slug]
    kinds = {
        "none" if problem.fix is None else "safe" if problem.fix.safe else "unsafe"
        for problem in found([rule], stack(rule, "Bad"))
    }
    assert kinds == {rule.fix}


def test_bias_without_effect_is_all_that_goes() -> None:
    before = stack(RULES["bias-before-norm"], "Bad")
    plans = [
        convcalc.plan(convcalc.loads(text)) for text in (before, fixed("bias-before-norm", before))
    ]
    assert [plan.totals.params for plan in plans] == [3 * 16 * 9 + 16 + 32, 3 * 16 * 9 + 32]
    assert plans[0].totals.macs == plans[1].totals.macs
    assert [row.output for row in plans[0]] == [row.output for row in plans[1]]


@each(("uses", "is_fixed"), [(4, True), (5, False)])
def test_arguments_are_taken_out_of_so_many_uses_at_most(uses: int, is_fixed: bool) -> None:
    text = (
        "convcalc: 1\ninput: [3, 8, 8]\nblocks: {unit: {args: [a], layers: [relu]}}\nlayers:\n"
        + "- unit: {a: 1}\n" * uses
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unused_block_argument, "_MOST_EDITS", 4)
        (problem,) = found([RULES["unused-block-argument"]], text)
    assert (problem.fix is not None) == is_fixed
