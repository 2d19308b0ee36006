"""Findings for GitLab, code scanners and test reports, against the schemas of these formats."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from convcalc.core.errors import Edit, Fix, Level, Place, Problem
from convcalc.report.checked import Report
from tests.each import each
from tests.report.reports import (
    BIAS,
    CLEAN,
    HINT,
    KERNEL,
    REPORT,
    SOURCE,
    reported,
    shown,
)

SARIF_SCHEMA = Path(__file__).with_name("schemas") / "sarif-2.1.0.json"


def test_gitlab() -> None:
    found = json.loads(shown("gitlab"))
    assert [(one["check_name"], one["severity"]) for one in found] == [
        ("CC101", "major"), ("CC405", "minor"), ("CC410", "info"), ("CC901", "major"),
    ]  # fmt: skip
    assert [one["location"] for one in found] == [
        {"path": "nets/a.net.yaml", "lines": {"begin": 4}},
        {"path": "nets/a.net.yaml", "lines": {"begin": 5}},
        {"path": "nets/a.net.yaml", "lines": {"begin": 5}},
        {"path": "b.net.yaml", "lines": {"begin": 1}},
    ]
    assert found[0]["description"] == (
        "kernel-exceeds-input: layer `conv_1`; kernel 11 spans 11, but the padded input has 8"
    )
    keys = {"description", "check_name", "fingerprint", "severity", "location"}
    assert all(set(one) == keys for one in found)


def fingerprints(report: Report) -> list[str]:
    return [one["fingerprint"] for one in json.loads(shown("gitlab", report))]


def moved(problem: Problem, lines: int) -> Problem:
    place = problem.place
    return replace(problem, place=place and place._replace(line=place.line + lines))


UNKNOWN = Problem("unknown-key", "no such key", Place(2, 1, 5), file="nets/a.net.yaml")


@each(
    "problems",
    [
        pytest.param((KERNEL, BIAS, HINT), id="of layers"),
        pytest.param((KERNEL, KERNEL, BIAS, BIAS), id="several of a layer"),
        pytest.param((UNKNOWN, replace(UNKNOWN, place=Place(3, 1, 6))), id="of no layer"),
    ],
)
def test_fingerprints_stay_when_lines_move(problems: tuple[Problem, ...]) -> None:
    before = fingerprints(reported(*problems, source=SOURCE))
    assert len(set(before)) == len(problems)
    down = [moved(problem, 2) for problem in problems]
    assert fingerprints(reported(*down, source=f"# one\n\n{SOURCE}")) == before


def test_fingerprints_stay_when_figures_change() -> None:
    other = replace(KERNEL, message="layer 1", note="kernel 13 spans 13", help="")
    assert fingerprints(reported(other)) == fingerprints(reported(KERNEL))


@each(
    "change",
    [
        pytest.param({"file": "nets/b.net.yaml"}, id="another file"),
        pytest.param({"layer": "conv_2"}, id="another layer"),
        pytest.param({"slug": "groups-indivisible"}, id="another finding"),
    ],
)
def test_fingerprints_tell_findings_apart(change: dict[str, str]) -> None:
    other = replace(KERNEL, **change)  # type: ignore[arg-type]
    assert fingerprints(reported(other)) != fingerprints(reported(KERNEL))


def test_fingerprints_of_no_layer_hold_the_marked_text() -> None:
    other = SOURCE.replace("input", "imput")
    assert fingerprints(reported(UNKNOWN, source=SOURCE)) != fingerprints(
        reported(UNKNOWN, source=other)
    )


def test_sarif() -> None:
    log = json.loads(shown("sarif"))
    jsonschema.Draft4Validator(json.loads(SARIF_SCHEMA.read_text())).validate(log)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert run["columnKind"] == "unicodeCodePoints"
    rules = run["tool"]["driver"]["rules"]
    assert [(rule["id"], rule["name"]) for rule in rules] == [
        ("CC101", "KernelExceedsInput"),
        ("CC405", "BiasBeforeNorm"),
        ("CC410", "ChannelsNotMultipleOf8"),
        ("CC901", "UnreadableFile"),
    ]
    assert all(rule["help"]["text"] and rule["fullDescription"]["text"] for rule in rules)
    assert "taken out" not in rules[1]["help"]["markdown"]
    assert "Good:" in rules[1]["help"]["markdown"]
    # What the front door finds has its manual with it, too.
    assert rules[0]["fullDescription"]["text"].startswith("The kernel, spread by its dilation")
    assert rules[0]["help"]["markdown"].endswith(
        "Bad:\n\n```yaml\nconvcalc: 1\ninput: [3, 8, 8]\nlayers:\n  - conv: {out: 8, k: 11}\n```"
    )
    results = run["results"]
    assert [rules[one["ruleIndex"]]["id"] for one in results] == [one["ruleId"] for one in results]
    assert [one["level"] for one in results] == ["error", "warning", "note", "error"]
    assert results[0]["message"]["text"] == (
        "kernel-exceeds-input: layer `conv_1`\n"
        "kernel 11 spans 11, but the padded input has 8\nhelp: use `k: 7`, or `p: 2`"
    )
    assert results[0]["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "nets/a.net.yaml"},
                "region": {"startLine": 4, "startColumn": 5, "endLine": 4, "endColumn": 9},
            },
            "logicalLocations": [{"fullyQualifiedName": "conv_1", "kind": "element"}],
        }
    ]
    assert "region" not in results[3]["locations"][0]["physicalLocation"]
    assert [one["partialFingerprints"]["convcalcFinding/v1"] for one in results] == fingerprints(
        REPORT
    )
    assert "fixes" not in results[0]
    (fix,) = results[1]["fixes"]
    assert fix["description"] == {"text": "add `bias: false`"}
    (change,) = fix["artifactChanges"]
    assert applied(SOURCE, change["replacements"]) == SOURCE.replace("k: 3", "k: 3, bias: false")


def applied(text: str, replacements: list[dict[str, Any]]) -> str:
    """`text` with SARIF's replacements made, from the last one to the first."""
    lines = text.splitlines(keepends=True)
    starts = [sum(map(len, lines[:at])) for at in range(len(lines) + 1)]
    for one in reversed(replacements):
        region = one["deletedRegion"]
        start = starts[region["startLine"] - 1] + region["startColumn"] - 1
        end = starts[region["endLine"] - 1] + region["endColumn"] - 1
        text = text[:start] + one.get("insertedContent", {"text": ""})["text"] + text[end:]
    return text


def test_sarif_of_a_fix_over_several_lines() -> None:
    start, end = SOURCE.index("- conv: {out: 8"), SOURCE.index("- {conv")
    edits = (Edit(0, 0, "# first\n"), Edit(start, end, ""), Edit(len(SOURCE), len(SOURCE), "# é\n"))
    problem = replace(BIAS, fix=Fix("several", edits))
    log = json.loads(shown("sarif", reported(problem, source=SOURCE)))
    jsonschema.Draft4Validator(json.loads(SARIF_SCHEMA.read_text())).validate(log)
    change = log["runs"][0]["results"][0]["fixes"][0]["artifactChanges"][0]
    expected = f"# first\n{SOURCE[:start]}{SOURCE[end:]}# é\n"
    assert applied(SOURCE, change["replacements"]) == expected


# What junit-10.xsd of jenkinsci/xunit-plugin demands: attributes of each element (the required
# ones first), and its children.
JUNIT: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"time", "skipped", "timestamp", "hostname", "id", "package", "file", "group", "log"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": (
        {"name"},
        {"time", "classname", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}


def junit(report: Report) -> ET.Element:
    root = ET.fromstring(shown("junit", report))
    for element in root.iter():
        required, optional, children = JUNIT[element.tag]
        assert required <= set(element.attrib) <= required | optional, element.tag
        assert {child.tag for child in element} <= children, element.tag
    for suite in [root, *root.iter("testsuite")]:
        for count, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
            assert int(suite.attrib[count]) == len(list(suite.iter(tag))), (suite.attrib, count)
    return root


def test_junit() -> None:
    root = junit(REPORT)
    assert [(suite.get("name"), suite.get("tests")) for suite in root] == [
        ("nets/a.net.yaml", "3"), ("b.net.yaml", "1"), ("clean.net.yaml", "1"),
    ]  # fmt: skip
    cases = [(case.get("name"), [child.tag for child in case]) for case in root.iter("testcase")]
    assert cases == [
        ("CC101 kernel-exceeds-input: conv_1", ["failure"]),
        ("CC405 bias-before-norm: stem", ["system-out"]),
        ("CC410 channels-not-multiple-of-8: stem", ["system-out"]),
        ("CC901 unreadable-file", ["error"]),
        ("no findings", []),
    ]
    failure = next(root.iter("failure"))
    assert failure.attrib == {
        "type": "error",
        "message": "kernel-exceeds-input: layer `conv_1`; "
        "kernel 11 spans 11, but the padded input has 8",
    }
    assert failure.text == (
        "nets/a.net.yaml:4:5: error CC101 kernel-exceeds-input: layer `conv_1`\n"
        "kernel 11 spans 11, but the padded input has 8\nhelp: use `k: 7`, or `p: 2`"
    )


@pytest.mark.parametrize(
    ("failing", "tags"),
    [
        pytest.param({"error", "warning"}, ["failure", "failure", "system-out"], id="warnings too"),
        pytest.param(set(), ["system-out"] * 3, id="never"),
    ],
)
def test_junit_fails_where_the_run_does(failing: set[Level], tags: list[str]) -> None:
    first = replace(REPORT.files[0], failing=frozenset(failing))
    cases = junit(Report((first,))).iter("testcase")
    assert [child.tag for case in cases for child in case] == tags


def test_junit_names_each_case_apart_and_the_same_when_lines_move() -> None:
    before = junit(reported(KERNEL, KERNEL, BIAS))
    after = junit(reported(moved(KERNEL, 3), moved(KERNEL, 9), BIAS))
    names = [case.get("name") for case in before.iter("testcase")]
    assert names == [case.get("name") for case in after.iter("testcase")]
    assert names[:2] == [
        "CC101 kernel-exceeds-input: conv_1",
        "CC101 kernel-exceeds-input: conv_1 (2)",
    ]


def test_nothing_found_in_the_formats_that_name_files() -> None:
    assert json.loads(shown("json", CLEAN))["problems"] == []
    assert [case.get("name") for case in junit(CLEAN).iter("testcase")] == ["no findings"]
    log = json.loads(shown("sarif", CLEAN))
    jsonschema.Draft4Validator(json.loads(SARIF_SCHEMA.read_text())).validate(log)
    assert log["runs"][0]["results"] == log["runs"][0]["tool"]["driver"]["rules"] == []
