"""Configuration: what it may say, and where it says what it may not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from convcalc.core.errors import StackError
from convcalc.features.check.configuration import Configurations, read_configuration
from convcalc.features.check.configuration_keys import KEYS, value_in_words
from convcalc.features.check.selection import Selection
from convcalc.features.check.settings import Settings
from tests.each import each
from tests.ending import ending


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(text: str | bytes, name: str = "convcalc.toml") -> Settings | None:
    data = text.encode() if isinstance(text, str) else text
    Path(name).write_bytes(data)
    return read_configuration(name, name, "", Selection())


def problems(text: str | bytes, name: str = "convcalc.toml") -> list[str]:
    with pytest.raises(StackError) as caught:
        read(text, name)
    return [
        (f"{p.place.line}:{p.place.column} " if p.place else "")
        + "; ".join(part for part in (p.message, p.note, p.help) if part)
        for p in caught.value.problems
    ]


ALL_KEYS = """\
select = ["CC3", "bias-before-norm"]
extend-select = ["ALL"]
ignore = ["CC401"]
extend-ignore = ["CC402"]
include = ["nets/*.yaml"]
exclude = ["old"]
fail-on = "warning"
baseline = "known.json"
output-format = "concise"
max-layers = 5000

[per-file-ignores]
"tests/*" = ["CC4", "unused-layer"]

[[budget]]
files = ["nets/*"]
max-params = "12M"
"""


def test_every_key() -> None:
    settings = read(ALL_KEYS)
    assert settings is not None
    assert settings.selections[1] == Selection(
        ("CC3", "bias-before-norm"), ("ALL",), ("CC401", "CC402")
    )
    assert settings.per_file_ignores == (("tests/*", ("CC4", "unused-layer")),)
    assert settings.include == ("nets/*.yaml",)
    assert settings.exclude == ("old",)
    assert (settings.fail_on, settings.output_format) == ("warning", "concise")
    assert (settings.baseline, settings.max_layers) == ("known.json", 5000)
    assert len(settings.budgets) == 1


def test_findings_are_ignored_in_the_files_that_are_named() -> None:
    settings = read(
        '[per-file-ignores]\n"tests/*" = ["CC4", "unused-layer"]\n"*.net.yaml" = ["CC5"]\n'
    )
    assert settings is not None
    assert settings.ignored_for("tests/a.yaml") == ("CC4", "unused-layer")
    assert settings.ignored_for("tests/a.net.yaml") == ("CC4", "unused-layer", "CC5")
    assert settings.ignored_for("nets/a.net.yaml") == ("CC5",)
    assert settings.ignored_for("nets/a.yaml") == ()


def test_the_shared_file_has_its_section() -> None:
    text = '[project]\nname = "x"\n[tool.convcalc]\nignore = ["CC4"]\n'
    settings = read(text, "pyproject.toml")
    assert settings is not None
    assert settings.selections[1].ignore == ("CC4",)
    assert read('[project]\nname = "convcalc"\n', "pyproject.toml") is None
    assert read(b"broken \xff =", "pyproject.toml") is None
    assert read('[tool.ruff]\nsrc = ["x"]\n', "pyproject.toml") is None


@each(
    ("text", "found"),
    [
        pytest.param(
            'ignroe = ["CC4"]\n',
            ["there is no key `ignroe`; did you mean `ignore`?"],
            id="misspelt key",
        ),
        pytest.param(
            "# first\n\nselect = 3\n",
            [
                "`select` wants a list of strings, got `3`; "
                'write `select = ["CC3", "bias-before-norm"]`'
            ],
            id="wrong type",
        ),
        pytest.param(
            'ignore = [\n  "CC4",\n  "CC4O1",  # no zero\n]\n',
            ["no finding is called `CC4O1`; in `ignore`; did you mean `CC401`?"],
            id="unknown code in a long list",
        ),
        pytest.param(
            'fail-on = "errors"\n',
            ["`fail-on` cannot be `errors`; did you mean `error`?"],
            id="unknown level",
        ),
        pytest.param(
            'output-format = "sarfi"\n',
            ["`output-format` cannot be `sarfi`; did you mean `sarif`?"],
            id="unknown format",
        ),
        pytest.param(
            "fail-on = 3\n",
            ["`fail-on` cannot be `3`; known here: error, info, never, warning"],
            id="a level of another type",
        ),
        pytest.param(
            "max-layers = true\n",
            ["`max-layers` wants 1 to 1,000,000, got a boolean; 100,000 is the default"],
            id="a boolean for a number",
        ),
        pytest.param(
            "max-layers = 0\n",
            ["`max-layers` wants 1 to 1,000,000, got `0`; 100,000 is the default"],
            id="too few layers",
        ),
        pytest.param(
            "baseline = []\n",
            ['`baseline` wants a string, got a list; write `baseline = "convcalc-baseline.json"`'],
            id="a list for a name",
        ),
        pytest.param(
            'per-file-ignores = ["x"]\n',
            [
                "`per-file-ignores` wants a table, got a list; "
                'write `"tests/*.net.yaml" = ["CC4"]` below `[per-file-ignores]`'
            ],
            id="a list for a table",
        ),
        pytest.param(
            '[per-file-ignores]\n"a" = ["CC4"]\n"b/*" = ["CC4", "CC7"]\n',
            [
                'no finding is called `CC7`; in `"b/*"` of [per-file-ignores]; '
                "groups are CC1, CC2, CC3, CC4, CC5, CC9"
            ],
            id="unknown code for a file",
        ),
        pytest.param(
            "[budget]\nmax-params = 3\n",
            [
                "`budget` wants tables, got a table; "
                "write `[[budget]]`, then `files` and its limits below"
            ],
            id="one table for a list of tables",
        ),
        pytest.param(
            '[[budget]]\nmax-params = 3\n[[budget]]\nfiles = ["x"]\nmax-prams = 3\n',
            ["a budget has no `max-prams`; in table 2 of [[budget]]; did you mean `max-params`?"],
            id="misspelt limit of the second budget",
        ),
        pytest.param(
            "select = [\n", ["2:1 it is no TOML: invalid value"], id="an end in the middle"
        ),
        pytest.param("a = [1,", ["1:8 it is no TOML: invalid value"], id="an end in a line"),
        pytest.param(
            'a = 1\nb = "x\ny"\n', ["2:7 it is no TOML: illegal character '\\n'"], id="syntax"
        ),
        pytest.param(b"a = 1\nb = '\xff'\n", ["2:1 it is no UTF-8"], id="encoding"),
        pytest.param(
            b"a = 1\nb = 2\nc = 3\nd = '\xff'\n", ["4:1 it is no UTF-8"], id="encoding further down"
        ),
        pytest.param("# " + "x" * (1 << 20), ["it is longer than 1,048,576 bytes"], id="too long"),
        pytest.param("a = " + "[" * 5000, ["it nests too deeply"], id="too deep"),
        pytest.param(
            "b = 1\nc = 1\nd = 1\n" + "a." * 200_000 + "a = 1",
            ["4:1 a key of more than 100 names in a row"],
            id="too many names",
        ),
        pytest.param(
            "a = " + "9" * 5000, ["it is no TOML: a number is too long"], id="too many digits"
        ),
        pytest.param(
            'x = 1\ny = 2\nselect = ["CC7"]\n',
            [
                "there is no key `x`; known here: baseline, budget, exclude, "
                "extend-ignore, extend-select, fail-on, ignore, include, max-layers, "
                "output-format, per-file-ignores, select",
                "there is no key `y`; known here: baseline, budget, exclude, "
                "extend-ignore, extend-select, fail-on, ignore, include, max-layers, "
                "output-format, per-file-ignores, select",
                "no finding is called `CC7`; in `select`; groups are CC1, CC2, CC3, CC4, CC5, CC9",
            ],
            id="all at once",
        ),
    ],
)
def test_what_it_may_not_say(text: str | bytes, found: list[str]) -> None:
    assert problems(text) == found


def test_long_configurations_come_to_an_end() -> None:
    unknown = "".join(f"key{number} = 1\n" for number in range(8_000))
    codes = ", ".join(f'"X{number}"' for number in range(8_000))
    deep = "x = 1\n" + ".".join("a" * 90) + " = 1\n"
    with ending():
        assert len(problems(unknown)) == 100
        assert len(problems(f"select = [{codes}]\n")) == 100
        assert problems(deep)[0].startswith("there is no key `x`")


def test_the_shared_file_s_tables_have_their_whole_names() -> None:
    budgets = "[[tool.convcalc.budget]]\nmax-prams = 1\n[[tool.convcalc.budget]]\n"
    text = f"[tool.convcalc]\nignroe = 1\n{budgets}"
    assert problems(text, "pyproject.toml") == [
        "there is no key `ignroe`; in [tool.convcalc]; did you mean `ignore`?",
        "a budget has no `max-prams`; in table 1 of [[tool.convcalc.budget]]; "
        "did you mean `max-params`?",
        "a budget limits nothing; in table 2 of [[tool.convcalc.budget]]; "
        'write `max-params = "12M"`',
    ]


def test_a_section_that_is_no_table() -> None:
    found = problems("[tool]\nconvcalc = 3\n", "pyproject.toml")
    assert found == ["`tool.convcalc` wants a table, got `3`"]


@each(("value", "words"), [
    ("x" * 38, f'`"{"x" * 38}"`'), ("x" * 39, f'`"{"x" * 39}`'), ("x" * 99, f'`"{"x" * 39}`'),
    (10**39, f"`{10**39}`"), (10**40, f"`{10**39}`"), (2.5, "`2.5`"), ([], "a list"),
])  # fmt: skip
def test_a_value_is_told_up_to_forty_signs(value: object, words: str) -> None:
    assert value_in_words(value) == words


def test_a_broken_configuration_silences_only_its_own_files() -> None:
    Path("x/y").mkdir(parents=True)
    Path("x/convcalc.toml").write_text("select = 1\n")
    Path("x/y/convcalc.toml").write_text('ignore = ["CC4"]\n')
    configurations = Configurations(Selection())
    here = str(Path.cwd())
    assert not configurations.of(here).is_broken
    assert configurations.of(f"{here}/x").is_broken
    assert configurations.of(f"{here}/x/z").is_broken
    assert not configurations.of(f"{here}/x/y").is_broken
    # Reported once.
    assert len(configurations.errors) == 1
    assert configurations.errors[0].problems[0].file == "x/convcalc.toml"


def test_the_own_file_comes_before_the_shared_one() -> None:
    Path("convcalc.toml").write_text("max-layers = 1\n")
    Path("pyproject.toml").write_text("[tool.convcalc]\nmax-layers = 2\n")
    assert Configurations(Selection()).of(str(Path.cwd())).max_layers == 1


def test_a_file_that_is_named_holds_everywhere_and_isolation_reads_none() -> None:
    Path("ci").mkdir()
    Path("ci/own.toml").write_text("max-layers = 7\n")
    Path("convcalc.toml").write_text("broken =\n")
    here = str(Path.cwd())
    named = Configurations(Selection(), config="ci/own.toml")
    assert named.of(here).max_layers == 7
    assert named.of(here).folder == f"{here}/ci"
    assert Configurations(Selection(), isolated=True).of(here).max_layers == 100_000
    missing = Configurations(Selection(), config="nowhere.toml")
    assert missing.of(here).is_broken
    assert str(missing.errors[0]) == (
        "nowhere.toml: error CC901 unreadable-file: no such file or directory"
    )


def test_the_configuration_of_the_documentation_is_a_good_one() -> None:
    page = Path(__file__).parents[2] / "docs" / "checking.md"
    (text,) = re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    settings = read(text)
    assert settings is not None
    assert settings.per_file_ignores == (("experiments/", ("CC4",)),)
    # Every key that there is.
    keys = {line.split(" = ")[0] for line in text.splitlines() if " = " in line}
    assert keys | {"per-file-ignores", "budget"} >= set(KEYS)


def test_a_configuration_that_is_named_is_called_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    named = tmp_path / "convcalc.toml"
    named.write_text("selct = []\n")
    ((problem,),) = (e.problems for e in Configurations(Selection(), config=str(named)).errors)
    assert problem.file == str(named)
