"""`convcalc check --baseline`: what is known already, and how the list shrinks."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from convcalc.cli.output_file import WriteError
from convcalc.features.check.baseline_file import _name
from convcalc.features.check.discovery import Found
from convcalc.features.check.settings import Settings
from tests.cli.checking import CLEAN, ERROR, WARNING, Run, codes, write
from tests.each import each

pytestmark = pytest.mark.usefixtures("in_a_folder_of_its_own")


def baseline() -> Any:
    return json.loads(Path("known.json").read_text())["findings"]


def test_a_baseline_takes_out_what_was_there_and_only_shrinks(run: Run) -> None:
    write(a=WARNING, b=ERROR)
    args = ["check", "--baseline", "known.json", "--format", "concise"]
    assert run(*args, "--update-baseline") == (0, "", "wrote known.json: 2 findings\n")
    assert baseline() == [
        {"file": "a.net.yaml", "code": "CC405", "layer": "conv_1"},
        {"file": "b.net.yaml", "code": "CC502", "layer": ""},
    ]
    # Lines above move everything; nothing is new.
    write(a="# more\n# lines\n" + WARNING)
    assert run(*args) == (0, "", "")
    # Another finding of the same rule is new.
    write(a=WARNING + "  - conv: {out: 16, k: 3}\n  - batch_norm\n")
    assert codes(run(*args)) == ["a.net.yaml CC405"]
    told = json.loads(run("check", "--baseline", "known.json", "--format", "json").out)
    assert [one["baselined"] for one in (told["summary"], *told["files"])] == [2, 1, 1]
    assert len(baseline()) == 2
    # What is gone leaves the list, and is new when it comes back.
    write(a=CLEAN)
    assert run(*args) == (0, "", "")
    assert baseline() == [{"file": "b.net.yaml", "code": "CC502", "layer": ""}]
    write(a=WARNING)
    assert codes(run(*args)) == ["a.net.yaml CC405"]


@each(("file", "path", "shown", "name"), [
    ("-", "", "<stdin>", "<stdin>"),
    ("-", "sub/a.net.yaml", "sub/a.net.yaml", "sub/a.net.yaml"),
    ("./sub/a.net.yaml", "", "", "sub/a.net.yaml"),
    ("./sub/../b.net.yaml", "b.net.yaml", "", "b.net.yaml"),
])  # fmt: skip
def test_files_bear_their_names_below_the_baseline_s_folder(
    file: str, path: str, shown: str, name: str
) -> None:
    assert _name(Found(file, Settings(), path, shown=shown), os.getcwd()) == name


def test_a_baseline_keeps_files_that_were_not_checked_and_drops_those_that_are_gone(
    run: Run,
) -> None:
    write(a=WARNING, b=WARNING, c=WARNING)
    run("check", "--baseline", "known.json", "--update-baseline")
    os.remove("c.net.yaml")
    write(a=CLEAN)
    assert run("check", "a.net.yaml", "--baseline", "known.json").code == 0
    assert [entry["file"] for entry in baseline()] == ["b.net.yaml"]
    write(a=WARNING)
    assert run("check", "a.net.yaml", "--baseline", "known.json", "--update-baseline").code == 0
    assert [entry["file"] for entry in baseline()] == ["a.net.yaml", "b.net.yaml"]


@pytest.mark.parametrize("update", [[], ["--update-baseline"]], ids=["checked", "updated"])
def test_a_baseline_keeps_what_was_not_looked_for(run: Run, update: list[str]) -> None:
    write(a=WARNING, b=ERROR)
    args = ["check", "--baseline", "known.json", "--format", "concise"]
    run(*args, "--update-baseline")
    first = baseline()
    # Rules that are not selected find nothing, which does not mean that it is repaired.
    assert run(*args, *update, "--select", "CC1").code == 0
    assert baseline() == first
    # A file that does not even parse for a while has all of its findings afterwards.
    write(a="x: [")
    run(*args, *update)
    assert [one for one in baseline() if one["code"] == "CC405"] == first[:1]
    write(a=WARNING)
    assert run(*args) == (0, "", "")
    assert baseline() == first


def test_a_baseline_of_the_configuration_stands_beside_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(nets__a=WARNING)
    Path("convcalc.toml").write_text('baseline = "known.json"\n')
    assert run("check", "--update-baseline") == (0, "", "wrote known.json: 1 finding\n")
    assert [entry["file"] for entry in baseline()] == ["nets/a.net.yaml"]
    monkeypatch.chdir("nets")
    assert run("check") == (0, "", "")


def test_what_could_not_be_checked_is_never_in_a_baseline(run: Run) -> None:
    args = ["check", "nowhere.net.yaml", "--baseline", "known.json", "--update-baseline"]
    assert run(*args).code == 2
    assert baseline() == []


@each(
    ("text", "reason"),
    [
        pytest.param("[]", "it has no `findings`", id="a list"),
        pytest.param("{", "it is no JSON of ours", id="broken"),
        pytest.param('{"version": 2, "findings": []}', "this program reads version 1", id="newer"),
        pytest.param("[" * 100_000, "it is no JSON of ours", id="deep"),
        pytest.param(
            '{"version": 1, "findings": [{"file": "a", "code": "b", "layer": 3}]}',
            "an entry wants `file`, `code`, `layer` and a `count`",
            id="a layer that is no word",
        ),
        *(
            pytest.param(
                '{"version": 1, "findings": [{"file": "a", "code": "b", "layer": "c", "count": '
                f"{count}}}]}}",
                "an entry wants `file`, `code`, `layer` and a `count`",
                id=f"a count of {count}",
            )
            for count in ("0", "1.5", "true", '"2"')
        ),
        pytest.param(
            '{"version": 1, "findings": [{"file": "a"}]}', "it is no JSON of ours", id="no code"
        ),
    ],
)
def test_a_baseline_that_cannot_be_used(run: Run, text: str, reason: str) -> None:
    write(net=CLEAN)
    Path("known.json").write_text(text)
    result = run("check", "--baseline", "known.json", "--format", "concise")
    assert result == (
        2,
        f"known.json: error CC940 bad-configuration: no baseline: {reason}\n",
        "",
    )
    assert Path("known.json").read_text() == text


def test_a_baseline_that_cannot_be_written(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise WriteError("no room", "make some")

    write(a=WARNING)
    args = ["check", "--baseline", "known.json", "--format", "concise"]
    assert run(*args, "--update-baseline").code == 0
    before = baseline()
    monkeypatch.setattr("convcalc.features.check.baseline_file.write_file", refused)
    # What is gone may stay in the list for now.
    write(a=CLEAN)
    assert run(*args) == (0, "", "note: the baseline is not made shorter: no room\n")
    write(b=WARNING)
    result = run(*args, "--update-baseline")
    assert (result.code, baseline()) == (2, before)
    assert "known.json: error CC901 unreadable-file: no room" in result.out


def test_a_baseline_of_so_many_bytes_is_not_read(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write(a=CLEAN)
    text = '{"version": 1, "findings": []}'
    Path("known.json").write_text(text)
    args = ["check", "--baseline", "known.json", "--format", "concise"]
    monkeypatch.setattr("convcalc.features.check.baseline_file.MAX_BASELINE_BYTES", len(text))
    assert run(*args).code == 0
    monkeypatch.setattr("convcalc.features.check.baseline_file.MAX_BASELINE_BYTES", len(text) - 1)
    result = run(*args)
    assert result.code == 2
    assert f"it is longer than {len(text) - 1} bytes" in result.out


def test_standard_input_has_its_own_entries(run: Run) -> None:
    args = ["check", "-", "--baseline", "known.json", "--format", "concise"]
    assert run(*args, "--update-baseline", stdin=WARNING).code == 0
    (entry,) = baseline()
    assert (entry["code"], "/" in entry["file"]) == ("CC405", False)
    assert run(*args, stdin=WARNING) == (0, "", "")


def test_a_baseline_wants_a_name(run: Run) -> None:
    result = run("check", "--baseline", "")
    assert result.code == 2
    assert "wants the name of a file" in result.err
