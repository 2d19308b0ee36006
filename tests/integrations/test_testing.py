"""`convcalc.testing`: what holds is silent, and what fails shows everything at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.testing import assert_clean, assert_plan

# 224 parameters, 194,400 MACs; the peak is 41,984 B, the field 4 pixels, the stride 2.
NET = """\
convcalc: 1
input: [3, 32, 32]
vars: {width: 8}
layers:
  - {conv: {out: =width, k: 3}, name: stem}
  - max_pool: 2
"""


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("a.net.yaml").write_text(NET)
    return "a.net.yaml"


HOLD: list[dict[str, Any]] = [
    {},
    {"output": [8, 15, 15]},
    {"output": (8, None, None)},
    {"params": 224, "macs": 194_400, "stride": 2, "receptive_field": 4},
    {"params": "0.224K", "macs": {"max": "2G"}, "memory": "41KiB"},
    {"memory": {"max": "64MiB"}, "receptive_field": {"min": 3, "max": 5}},
    {"variables": {"width": 4}, "params": 112},
    {"input": [3, 64, 64], "output": [8, 31, 31]},
]


@pytest.mark.parametrize("expected", HOLD)
def test_what_holds_is_silent_and_gives_the_plan(net: str, expected: dict[str, Any]) -> None:
    assert assert_plan(net, **expected)["stem"].kind == "conv"
    assert_plan(Path(net), **expected)
    assert_plan(convcalc.load(net), **expected)


def failure(net: str | convcalc.Network, **expected: Any) -> str:
    with pytest.raises(AssertionError) as caught:
        assert_plan(net, **expected)
    return str(caught.value)


def test_every_difference_and_every_finding_is_shown(net: str) -> None:
    with Path(net).open("a") as file:
        file.write("expect: {output: [8, 16, 16]}\n")
    assert failure(net, params={"max": 200}, macs={"max": "0.1M"}, output=[16, None, None]) == (
        "a.net.yaml is not as expected:\n"
        "  output of the network: expected [16, ~, ~], got [8, 15, 15]\n"
        "    `stem` (line 5) makes 8 channels\n"
        "    write `output: [8, ~, ~]` if the change is meant\n"
        "  params of the network: expected at most 200, got 224 (+12.0 %)\n"
        "    all in `stem`\n"
        "    write `params: {max: 224}` if the change is meant\n"
        "  macs of the network: expected at most 100,000, got 194,400 (+94.4 %)\n"
        "    all in `stem`\n"
        "    write `macs: {max: 194400}` if the change is meant\n"
        "a.net.yaml:7:18: error CC501 expected-output: "
        "output of the network: expected [8, 16, 16], got [8, 15, 15]\n"
        "  7 | expect: {output: [8, 16, 16]}\n"
        "    |                  ^^^^^^^^^^^\n"
        "  `stem` (line 5) makes 30 of 32 pixels; height: 32, 30 at `stem`, 15 at `max_pool_1`\n"
        "  help: write `output: [8, 15, 15]` if the change is meant"
    )


def test_overrides_leave_the_expectations_of_the_file_alone(net: str) -> None:
    with Path(net).open("a") as file:
        file.write("expect: {params: 224}\n")
    assert assert_plan(net, variables={"width": 4}, params=112).failures is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            NET.replace("k: 3", "kk: 3"),
            "a.net.yaml cannot be planned:\na.net.yaml:5:26: error CC923 unknown-field: "
            "`conv` has no `kk`",
            id="no network",
        ),
        pytest.param(
            NET.replace("k: 3", "k: 99"),
            "a.net.yaml cannot be planned:\na.net.yaml:5:29: error CC101 kernel-exceeds-input: ",
            id="no plan",
        ),
        pytest.param(None, "b.net.yaml cannot be planned:\nb.net.yaml: error CC901 ", id="no file"),
    ],
)
def test_a_file_without_a_plan(net: str, text: str | None, said: str) -> None:
    if text is not None:
        Path(net).write_text(text)
    assert failure(net if text is not None else "b.net.yaml").startswith(said)


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        pytest.param(
            {"params": "12X"},
            "`params` wants a number, such as 11689512 or 1.9G, got '12X'; units: K, M, G, T",
            id="unit",
        ),
        pytest.param(
            {"memory": 64},
            "`memory` wants bytes with a unit, such as 64MiB, got 64; write 64B",
            id="bytes",
        ),
        pytest.param(
            {"macs": {"most": 1}},
            "`macs` takes `min` and `max`, got most; write {max: 1.9G}",
            id="limits",
        ),
    ],
)
def test_a_figure_that_cannot_be_read(net: str, expected: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        assert_plan(net, **expected)
    assert str(caught.value) == message


def test_a_clean_file(net: str) -> None:
    assert_clean(net)
    assert_clean(Path(net))


def test_a_file_with_findings(net: str) -> None:
    with Path(net).open("a") as file:
        file.write("  - batch_norm\nexpect: {params: 1}\n")
    with pytest.raises(AssertionError) as caught:
        assert_clean(net)
    assert str(caught.value).startswith("a.net.yaml has findings:\n")
    assert "a.net.yaml:8:18: error CC502 expected-params: " in str(caught.value)


def test_the_level_from_which_findings_count(net: str) -> None:
    Path(net).write_text(NET.replace("vars: {width: 8}", "vars: {width: 8, unused: 1}"))
    assert_clean(net)
    assert_clean(net, fail_on="never")
    with pytest.raises(AssertionError, match=r"warning CC2\d\d unused-variable"):
        assert_clean(net, fail_on="warning")
    with pytest.raises(ValueError, match="fail_on wants one of error, warning, info, never"):
        assert_clean(net, fail_on="sometimes")  # type: ignore[arg-type]


def test_budgets_of_the_configuration_count(net: str) -> None:
    Path("convcalc.toml").write_text("[[budget]]\nmax-params = 100\n")
    with pytest.raises(AssertionError, match="error CC511 budget-params: the budget: params"):
        assert_clean(net)
    Path("convcalc.toml").write_text("[[budget]]\nmax-parms = 100\n")
    with pytest.raises(AssertionError, match=r"convcalc\.toml: error CC940 bad-configuration"):
        assert_clean(net)


def test_a_missing_file_is_not_clean(net: str) -> None:
    with pytest.raises(AssertionError, match=r"b\.net\.yaml: error CC901 unreadable-file"):
        assert_clean("b.net.yaml")
