"""The plug-in: off until asked for, then a test for each network file."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

GOOD = "convcalc: 1\ninput: [3, 8, 8]\nlayers: [relu]\n"
BAD = GOOD + "expect: {params: 1}\n"
# In processes of its own: pytester would load libyaml's module anew, which it does not survive.
NAME = "convcalc.pytest_plugin"
LOAD = ("-p", NAME)


@pytest.fixture
def nets(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    # The options of this project's own run are none of theirs.
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    # And other plug-ins, which take a second to load, are not the point.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makefile(".net.yaml", good=GOOD, bad=BAD, old=BAD)
    pytester.makefile(".yaml", other="a: 1")
    pytester.makefile(".toml", convcalc='exclude = ["old.*"]')
    pytester.makepyfile(test_one="def test_one(): pass")
    return pytester


@pytest.mark.thorough
def test_without_the_flag_nothing_is_collected(nets: pytest.Pytester) -> None:
    nets.runpytest_subprocess(*LOAD).assert_outcomes(passed=1)


@pytest.mark.thorough
def test_with_the_flag_every_network_is_a_test(nets: pytest.Pytester) -> None:
    result = nets.runpytest_subprocess(*LOAD, "--convcalc", "-v")
    # What the configuration excludes is none.
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "bad.net.yaml::check FAILED*",
            "good.net.yaml::check PASSED*",
            "*_ convcalc check bad.net.yaml _*",
            "bad.net.yaml has findings:",
            "bad.net.yaml:4:18: error CC502 expected-params: *expected 1, got 0*",
        ]
    )
    # Nobody wants to read our code.
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*def runtest*")


@pytest.mark.thorough
def test_loading_it_imports_next_to_nothing() -> None:
    code = f"import pytest, sys; before = set(sys.modules); import {NAME}\n"
    code += "print(*sorted(name for name in set(sys.modules) - before))"
    found = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert set(found.stdout.split()) == {"convcalc", NAME}
