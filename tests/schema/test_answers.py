"""What commands write as JSON against the schemas of their answers, which admit nothing else."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import pytest

import convcalc
from convcalc import cli
from convcalc.cli.commands import command_names
from convcalc.features import folder_of
from convcalc.features.check.request import Request
from convcalc.features.schema import answer_schema, commands
from tests.configs import configs
from tests.each import each

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
# What JSON is written where a command cannot answer.
UNUSABLE = "check"


class Sample(NamedTuple):
    """A command line that answers in JSON, and the exit code that belongs to it."""

    code: int
    words: str

    @property
    def command(self) -> str:
        return self.words.split()[0]


SAMPLES = [
    Sample(int(line[0]), line[2:])
    for line in (HERE / "answers.txt").read_text().splitlines()
    if not line.startswith("#")
]
ANSWERED = [
    sample for sample in SAMPLES if sample.code != 2 or sample.command in ("diff", "budget")
]


@cache
def validator(command: str) -> Any:
    return jsonschema.Draft202012Validator(answer_schema(command))


def faults(command: str, data: Any) -> list[str]:
    return sorted(f"{e.json_path}: {e.message:.200}" for e in validator(command).iter_errors(data))


@pytest.fixture
def answers(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(HERE / "nets")

    def run(sample: Sample) -> Any:
        capsys.readouterr()
        code = cli.run([*shlex.split(sample.words), "--format", "json"])
        assert code == sample.code
        return json.loads(capsys.readouterr().out, parse_constant=pytest.fail)

    return run


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.words for sample in SAMPLES])
def test_every_answer_fits_its_schema(answers: Any, sample: Sample) -> None:
    assert faults(sample.command if sample in ANSWERED else UNUSABLE, answers(sample)) == []


def test_every_command_with_a_schema_is_tried() -> None:
    assert {sample.command for sample in ANSWERED} == set(commands())


def test_every_command_with_formats_declares_its_answer() -> None:
    requests = {
        name: getattr(
            import_module(f"convcalc.features.{folder_of(name)}.command"), "Request", None
        )
        for name in command_names()
    }
    # What check is asked stands in a file of its own.
    requests["check"] = Request
    formatted = {
        name
        for name, request in requests.items()
        if request is not None and "format" in request.__dataclass_fields__
    }
    assert formatted == set(commands())


@pytest.mark.parametrize("command", commands())
def test_every_key_is_explained_and_no_other_is_admitted(command: str) -> None:
    schema = answer_schema(command)
    jsonschema.Draft202012Validator.check_schema(schema)
    unexplained = [
        name
        for record in records(schema)
        for name, key in record["properties"].items()
        if not told(schema, key).endswith(".")
    ]
    assert unexplained == []
    assert all(record["additionalProperties"] is False for record in records(schema))


def records(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if "properties" in schema:
            yield schema
        schema = list(schema.values())
    if isinstance(schema, list):
        for value in schema:
            yield from records(value)


def told(schema: dict[str, Any], key: dict[str, Any]) -> str:
    """The description of a key: its own, or that of the record that it is."""
    if "description" in key or "$ref" not in key:
        return str(key.get("description", ""))
    return str(schema["$defs"][key["$ref"].rpartition("/")[2]]["description"])


# One answer of every form that a command has.
FORMS = {
    sample.words: sample
    for sample in ANSWERED
    if sample.words
    in (
        "shape 3x224x224 conv 64 k7 s2 p3 , max_pool k3 s2 p1",
        "invert 3x32x32 conv 64 k3 s2 p1",
        "invert lenet.net.yaml",
        "invert 4x4 k3 --matrix",
        "compare dw3x3,1x1 3x3 --cin 32 --cout 64",
        "solve 75 38 --pool --ceil",
        "sizes tied.net.yaml --range 1:64 --near 21",
        "convert lenet.net.yaml --dense-to-conv --input 1x40x40",
        "convert lenet.net.yaml --conv-to-dense conv_1",
        "verify 3x12x12 conv 8 k3 s2 p1 --seed 3 --batch 2",
        "show 4 k3 --transposed s2 p1 a1",
        "rf siamese.net.yaml",
        "rf siamese.net.yaml --at 3,3",
        "plan siamese.net.yaml",
        "check smelly.net.yaml --select ALL",
        "diff lenet.net.yaml narrow.net.yaml --all --fail-on params>+1%",
        "budget failing.net.yaml --layers --diff",
        "rules CC301",
    )
}
# Keys that an answer may leave out.
OPTIONAL = {
    "receptive_fields", "notes",
    "windows", "im2col", "matrix", "stretched", "sums", "gradient", "weights", "bias", "divisor",
}  # fmt: skip


@pytest.mark.parametrize("sample", FORMS.values(), ids=FORMS)
def test_a_missing_or_misspelt_key_is_refused(answers: Any, sample: Sample) -> None:
    schema = answer_schema(sample.command)
    tried, admitted = 0, []
    for record, own in instances(answers(sample), schema, schema["$defs"]):
        check = jsonschema.Draft202012Validator({**own, "$defs": schema["$defs"]})
        assert check.is_valid(record)
        for key in record:
            others = {name: value for name, value in record.items() if name != key}
            tried += 1
            if check.is_valid(others) and key not in OPTIONAL:
                admitted.append(f"without {key}: {record}")
            if check.is_valid(others | {f"{key}_": record[key]}):
                admitted.append(f"{key}_: {record}")
    assert tried > 5
    assert admitted == []


def instances(data: Any, schema: Any, defs: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    """Every record in `data` with its schema; of a list, the first one and the last."""
    if "$ref" in schema:
        schema = defs[schema["$ref"].rpartition("/")[2]]
    for choice in schema.get("anyOf", ()):
        if jsonschema.Draft202012Validator({**choice, "$defs": defs}).is_valid(data):
            yield from instances(data, choice, defs)
    if isinstance(data, list):
        for at, item in {0: data[0], len(data) - 1: data[-1]}.items() if data else ():
            of_its_own = schema.get("prefixItems", [])
            yield from instances(
                item, of_its_own[at] if of_its_own else schema.get("items", {}), defs
            )
    if isinstance(data, dict):
        if "properties" in schema:
            yield data, schema
        for key, value in data.items():
            inner = schema.get("properties", {}).get(key, schema.get("additionalProperties", {}))
            yield from instances(value, inner if isinstance(inner, dict) else {}, defs)


PLAN = "plan siamese.net.yaml"


@pytest.mark.parametrize(
    ("steps", "value", "found"),
    [
        pytest.param(["version"], 2, ["$.version"], id="another version"),
        pytest.param(["extra"], 1, ["$"], id="unknown key"),
        pytest.param(["rows"], [], ["$.rows"], id="no rows"),
        pytest.param(["rows", 0, "macs"], 1.5, ["$.rows[0].macs"], id="fraction of a MAC"),
        pytest.param(["rows", 0, "macs"], -1, ["$.rows[0].macs"], id="less than no MAC"),
        pytest.param(["rows", 0, "output", 1], 0, ["$.rows[0].output[1]"], id="size of 0"),
        pytest.param(["rows", 0, "output"], [1] * 5, ["$.rows[0].output"], id="a fourth axis"),
        pytest.param(
            ["rows", 2, "receptive_field", "stride", 0], "0.5", ["$.rows[2].receptive_field"],
            id="a stride that is no fraction",
        ),
        pytest.param(
            ["totals", "memory", "peak_at"], 3, ["$.totals.memory.peak_at"],
            id="peak without a layer",
        ),
        pytest.param(
            ["totals", "elementwise"], {}, ["$.totals.elementwise"] * 6, id="no elementwise classes"
        ),
        pytest.param(
            ["totals", "elementwise", "relu"], 1, ["$.totals.elementwise"], id="unknown class"
        ),
        pytest.param(
            ["convention", "dtype"], "fp32", ["$.convention.dtype"], id="unknown type of numbers"
        ),
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused(
    answers: Any, steps: list[str | int], value: object, found: list[str]
) -> None:
    data = answers(Sample(0, PLAN))
    inner = data
    for step in steps[:-1]:
        inner = inner[step]
    inner[steps[-1]] = value
    assert sorted(e.json_path for e in validator("plan").iter_errors(data)) == found


def test_several_inputs_have_notes_and_fractions(answers: Any) -> None:
    rows = answers(Sample(0, PLAN))["rows"]
    assert {"receptive_fields", "notes"} <= rows[-1].keys()
    assert rows[2]["receptive_field"]["stride"] == ["1/2", "1/2"]


VALID = [
    pytest.param(path, id=f"valid/{path.name}")
    for path in sorted((HERE / "valid").glob("*.net.yaml"))
]


@pytest.mark.parametrize("path", [*configs(), *VALID])
def test_every_plan_fits(path: Path) -> None:
    data = convcalc.plan(convcalc.load(path)).to_dict()
    assert faults("plan", json.loads(json.dumps(data))) == []


def outputs() -> list[Any]:
    """Every output in JSON that a page shows, with its command."""
    shown = []
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        text = page.read_text(encoding="utf-8")
        for found in re.finditer(
            r"^<!-- run(?:, exit \d)?: convcalc (\S+) ([^\n]*) -->\n```\w+\n(.*?)^```$",
            text, re.MULTILINE | re.DOTALL,
        ):  # fmt: skip
            line = text.count("\n", 0, found.start()) + 1
            if "json" in shlex.split(found[2]):
                shown.append(pytest.param(found[1], found[3], id=f"{page.name}:{line}"))
    return shown


@each(("command", "output"), outputs())
def test_every_output_that_a_page_shows_fits(command: str, output: str) -> None:
    assert faults(command, json.loads(output)) == []


def test_pages_show_the_json_of_every_command() -> None:
    # What verify answers says how long it took.
    assert {shown.values[0] for shown in outputs()} == set(commands()) - {"verify"}
