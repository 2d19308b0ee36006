"""The schema of plans: every plan fits it, and whatever is not a plan does not."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import convcalc
from convcalc.features.schema import plan_schema

ROOT = Path(__file__).parents[2]
SCHEMA = plan_schema()
FILES = [
    *sorted((ROOT / "examples" / "configs").glob("*.net.yaml")),
    *sorted((Path(__file__).parent / "valid").glob("*.net.yaml")),
]
LARGE = {
    f"{name}.net"
    for name in (
        "densenet121",
        "inception_v3",
        "resnet152",
        "efficientnet_b0",
        "googlenet",
        "deeplabv3_resnet50",
        "shufflenet_v2_x1_0",
        "resnet50",
        "mobilenet_v3_small",
    )
}
SIAMESE = """
convcalc: 1
input: {left: [3, 16, 16], right: [3, 16, 16]}
layers:
  - {conv: {out: 4, k: 3}, from: left, name: a}
  - {conv: {out: 4, k: 3}, from: right, name: b}
  - {conv_transpose: {out: 4, k: 2, s: 2}, name: up}
  - {concat: {inputs: [a, up], align: crop}}
"""


def data(network: convcalc.Network, **options: Any) -> Any:
    return json.loads(json.dumps(convcalc.plan(network, **options).to_dict()))


def paths(plan: Any) -> list[str]:
    return sorted(error.json_path for error in jsonschema.Draft7Validator(SCHEMA).iter_errors(plan))


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for value in schema.values():
            yield from objects(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from objects(value)


@pytest.mark.parametrize("validator", [jsonschema.Draft7Validator, jsonschema.Draft202012Validator])
def test_it_is_a_schema_of_both_drafts(validator: Any) -> None:
    validator.check_schema(SCHEMA)


def test_every_key_is_explained_and_no_other_is_admitted() -> None:
    properties: dict[str, Any] = {}
    for schema in objects(SCHEMA):
        if "properties" in schema:
            assert schema["additionalProperties"] is False
            properties |= schema["properties"]
    for name, schema in properties.items():
        target = schema
        if "$ref" in schema:
            target = SCHEMA["definitions"][schema["$ref"].rpartition("/")[2]]
        assert target["description"].endswith("."), name
    assert {"macs", "peak_at", "aligned", "place", "expectations"} <= properties.keys()


@pytest.mark.parametrize(
    "path",
    [
        # The largest plans are read in thorough tests.
        pytest.param(path, marks=pytest.mark.thorough if path.stem in LARGE else ())
        for path in FILES
    ],
    ids=[f"{path.parent.name}/{path.name}" for path in FILES],
)
def test_every_plan_fits(path: Path) -> None:
    assert paths(data(convcalc.load(path))) == []


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({}, id="as written"),
        pytest.param({"input": {"left": [3, 20, 20]}, "batch": 3}, id="overridden"),
        pytest.param({"dtype": "bfloat16"}, id="bfloat16"),
    ],
)
def test_several_inputs_notes_and_fractions_fit(options: dict[str, Any]) -> None:
    plan = data(convcalc.loads(SIAMESE), **options)
    assert {"receptive_fields", "notes"} <= plan["rows"][-1].keys()
    assert plan["rows"][2]["receptive_field"]["stride"] == ["1/2", "1/2"]
    assert paths(plan) == []


@pytest.mark.parametrize(
    ("steps", "value", "found"),
    [
        pytest.param(["version"], 2, ["$.version"], id="another version"),
        pytest.param(["extra"], 1, ["$"], id="unknown key"),
        pytest.param(["rows"], [], ["$.rows"], id="no rows"),
        pytest.param(["rows", 0, "macs"], 1.5, ["$.rows[0].macs"], id="fraction of a MAC"),
        pytest.param(["rows", 0, "kind"], "c", ["$.rows[0].kind"], id="unknown kind"),
        pytest.param(
            ["rows", 0, "fields"], {"s": 3}, ["$.rows[0].fields"], id="short name of a field"
        ),
        pytest.param(["rows", 0, "output", 1], 0, ["$.rows[0].output[1]"], id="size of 0"),
        pytest.param(
            ["totals", "memory", "peak_at"],
            3,
            ["$.totals.memory.peak_at"],
            id="peak without a layer",
        ),
        pytest.param(
            ["totals", "elementwise"], {}, ["$.totals.elementwise"] * 6, id="no elementwise classes"
        ),
        pytest.param(
            ["convention", "dtype"], "fp32", ["$.convention.dtype"], id="unknown type of numbers"
        ),
    ],
)
def test_what_is_no_plan_is_refused(
    steps: list[str | int], value: object, found: list[str]
) -> None:
    plan = data(convcalc.loads(SIAMESE))
    inner = plan
    for step in steps[:-1]:
        inner = inner[step]
    inner[steps[-1]] = value
    assert paths(plan) == found
