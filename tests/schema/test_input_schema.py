"""The schema of the input format: no false error on a valid file, a placed one on a wrong file."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from jsonschema.exceptions import ValidationError

import convcalc
from convcalc.document import to_plain
from convcalc.document.reader import read_document
from convcalc.features.schema import input_schema
from convcalc.kinds import find_kind, kind_names
from tests.configs import configs
from tests.each import each

VALID = [
    pytest.param(path, id=f"valid/{path.name}")
    for path in sorted((Path(__file__).parent / "valid").glob("*.net.yaml"))
]
DRAFTS = [
    pytest.param(jsonschema.Draft7Validator, id="draft 7"),
    pytest.param(jsonschema.Draft202012Validator, id="2020-12", marks=pytest.mark.thorough),
]

# What a language server of draft 7 knows, and two annotations that it shows.
KEYWORDS = {
    "$ref", "$schema", "additionalProperties", "allOf", "anyOf", "const", "default",
    "definitions", "description", "else", "enum", "exclusiveMinimum", "if", "items",
    "markdownDescription", "maxItems", "maxLength", "maximum", "minItems", "minProperties",
    "minimum", "not", "oneOf", "pattern", "properties", "propertyNames", "required", "then",
    "title", "type", "uniqueItems",
}  # fmt: skip
SCHEMA_MAPS = {"properties", "definitions"}
SCHEMA_LISTS = {"allOf", "anyOf", "oneOf"}
SCHEMAS = {"additionalProperties", "else", "if", "items", "not", "propertyNames", "then"}


@cache
def of_files() -> dict[str, Any]:
    return input_schema()


@cache
def plain(text: str) -> Any:
    return to_plain(read_document(text.encode()).root)


def errors(text: str, validator: Any = jsonschema.Draft7Validator) -> list[tuple[str, str]]:
    """(path, keyword) of every error, down to the only choice that has the value's type."""
    found = validator(of_files()).iter_errors(plain(text))
    return sorted({place for error in found for place in leaves(error)})


def leaves(error: ValidationError) -> Iterator[tuple[str, str]]:
    choices: dict[int | str, list[ValidationError]] = {}
    for inner in error.context or ():
        choices.setdefault(inner.schema_path[0], []).append(inner)
    fitting = [
        choice
        for choice in choices.values()
        if not any(one.validator == "type" and not one.relative_path for one in choice)
    ]
    if error.validator == "anyOf" and len(fitting) == 1:
        for inner in fitting[0]:
            yield from leaves(inner)
    else:
        # jsonschema names no keyword, and the map as the place, where a property is forbidden.
        yield error.json_path, str(error.validator or "forbidden")


def subschemas(schema: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(schema, dict):
        return
    yield schema
    for keyword, value in schema.items():
        if keyword in SCHEMA_MAPS:
            inner = list(value.values())
        elif keyword in SCHEMA_LISTS:
            inner = value
        else:
            inner = [value] if keyword in SCHEMAS else []
        for one in inner:
            yield from subschemas(one)


def manual_example(kind: str) -> str:
    found = find_kind(kind)
    assert found is not None
    blocks = re.findall(r"```yaml\n(.*?)```", found.model_json_schema()["description"], re.DOTALL)
    assert blocks, f"{kind} has no example"
    return str(blocks[0])


@pytest.mark.parametrize("validator", DRAFTS)
def test_it_is_a_schema_of_both_drafts(validator: Any) -> None:
    validator.check_schema(of_files())


def test_it_uses_only_keywords_that_old_language_servers_know() -> None:
    assert {keyword for schema in subschemas(of_files()) for keyword in schema} == KEYWORDS


def test_nothing_stands_beside_a_reference() -> None:
    # Draft 7 ignores it.
    both = [one for one in subschemas(of_files()) if "$ref" in one and len(one) > 1]
    assert both == []


def test_every_reference_leads_somewhere() -> None:
    references = {schema["$ref"] for schema in subschemas(of_files()) if "$ref" in schema}
    for reference in references:
        target = of_files()
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
    assert "#/definitions/kind_conv/properties/out_channels" in references


def test_every_kind_and_field_is_explained_in_both_spellings() -> None:
    for name in kind_names():
        kind = find_kind(name)
        assert kind is not None
        definition = of_files()["definitions"][f"kind_{name}"]
        assert set(definition["properties"]) == set(kind.spellings())
        assert definition["description"]
        assert "```yaml" in definition["markdownDescription"]
        for field in kind.model_fields:
            assert definition["properties"][field]["description"].endswith(".")


@pytest.mark.parametrize("validator", DRAFTS)
@pytest.mark.parametrize("path", [*configs(), *VALID])
def test_valid_files_have_no_errors(path: Path, validator: Any) -> None:
    text = path.read_text()
    convcalc.plan(convcalc.loads(text))
    assert errors(text, validator) == []


@each("kind", kind_names())
def test_the_manual_example_of_each_kind_has_no_errors(kind: str) -> None:
    text = manual_example(kind)
    convcalc.plan(convcalc.loads(text))
    assert errors(text) == []


HEAD = "convcalc: 1\ninput: [3, 8, 8]\n"


def test_shared_weights_results_and_declared_layers_have_no_errors() -> None:
    text = """
convcalc: 1
input: [4, 8, 8]
blocks:
  unit: {layers: [{conv: {out: 4, k: 1}, name: x}, relu], gives: {skip: x}}
layers:
  - {unit: {}, repeat: 2, name: a}
  - {unit: {}, weights: a.0, name: b}
  - {opaque: {output: [~, 8, =height], macs: =cin, reads: {k: 3, p: [[1, 1], [1, 1]]}}, from: a.0}
  - {opaque: {output: [4, ~, ~], reads: position, inputs: [a.*, b.skip], note: ours}}
outputs: [a.*, b.skip]
"""
    assert errors(text) == []
    assert convcalc.plan(convcalc.loads(text)).totals.params == 2 * 20


def layer(text: str) -> str:
    return f"{HEAD}layers:\n  - {text}\n"


@each(
    ("text", "found"),
    [
        pytest.param("convcalc: 1", [("$", "required")], id="nothing but the version"),
        pytest.param(
            "convcalc: 2\ninput: [3]\nlayers: [relu]", [("$.convcalc", "enum")], id="version"
        ),
        pytest.param(
            f"{HEAD}layer: []\nlayers: [relu]", [("$", "additionalProperties")], id="unknown key"
        ),
        pytest.param(f"{HEAD}layers: []", [("$.layers", "minItems")], id="no layers"),
        pytest.param(
            "convcalc: 1\ninput: [3, 0, 8]\nlayers: [relu]",
            [("$.input[1]", "minimum")],
            id="input of size 0",
        ),
        pytest.param(
            "convcalc: 1\ninput: {prev: [3]}\nlayers: [relu]",
            [("$.input", "not")],
            id="input with a reserved name",
        ),
        pytest.param(
            f"{HEAD}vars: {{w: wide}}\nlayers: [relu]",
            [("$.vars.w", "anyOf")],
            id="variable that is a word",
        ),
        pytest.param(
            f"{HEAD}vars: {{cin: 3}}\nlayers: [relu]", [("$.vars", "not")], id="taken variable"
        ),
        pytest.param(
            f"{HEAD}defaults: {{convv: {{k: 3}}}}\nlayers: [relu]",
            [("$.defaults", "additionalProperties")],
            id="defaults of an unknown kind",
        ),
        pytest.param(
            f"{HEAD}defaults: {{conv: 3}}\nlayers: [relu]",
            [("$.defaults.conv", "type")],
            id="defaults that are no map",
        ),
        pytest.param(
            f"{HEAD}blocks: {{conv: {{layers: [relu]}}}}\nlayers: [relu]",
            [("$.blocks", "not")],
            id="block with a kind's name",
        ),
        pytest.param(
            f"{HEAD}blocks: {{unit: {{args: [2c], layers: [relu]}}}}\nlayers: [relu]",
            [("$.blocks.unit.args[0]", "pattern")],
            id="argument that is no name",
        ),
        pytest.param(
            f"{HEAD}blocks: {{unit: {{layer: [relu]}}}}\nlayers: [relu]",
            [("$.blocks.unit", "additionalProperties"), ("$.blocks.unit", "required")],
            id="block without layers",
        ),
        pytest.param(
            f"{HEAD}layers: [relu]\nexpect: {{parms: 3}}",
            [("$.expect", "additionalProperties")],
            id="unknown expectation",
        ),
        pytest.param(
            f"{HEAD}layers: [relu]\nexpect: {{memory: 64}}",
            [("$.expect.memory", "anyOf")],
            id="bytes without a unit",
        ),
        pytest.param(layer("{}"), [("$.layers[0]", "not")], id="layer without a kind"),
        pytest.param(layer("{name: stem}"), [("$.layers[0]", "not")], id="only a name"),
        pytest.param(
            layer("{relu: {}, tanh: {}}"), [("$.layers[0]", "oneOf")], id="two kinds in a layer"
        ),
        pytest.param(
            layer("{conv: {out: 8}, k: {}}"),
            [("$.layers[0]", "enum")],
            id="field beside its kind",
        ),
        pytest.param(layer("convv: 64"), [("$.layers[0].convv", "type")], id="misspelt kind"),
        pytest.param(layer("3"), [("$.layers[0]", "anyOf")], id="layer that is a number"),
        pytest.param(
            layer("conv: {out: 8, kernel: 3}"),
            [("$.layers[0].conv", "additionalProperties")],
            id="unknown field",
        ),
        pytest.param(
            layer("conv: {out: many, k: 3}"),
            [("$.layers[0].conv.out", "pattern")],
            id="word in place of a count",
        ),
        pytest.param(
            layer("conv: {out: 8, k: 0}"),
            [("$.layers[0].conv.k", "minimum")],
            id="kernel of 0",
        ),
        pytest.param(layer("conv: {out: 8, k: [3, 3, 3]}"), [], id="three axes"),
        pytest.param(
            layer("conv: {out: 8, k: [3, 3, 3, 3]}"),
            [("$.layers[0].conv.k", "maxItems")],
            id="four axes",
        ),
        pytest.param(
            layer("conv: {out: 8, k: 3, kernel_size: 3}"),
            [("$.layers[0].conv", "forbidden")],
            id="both spellings of a field",
        ),
        pytest.param(
            layer("conv: {out: 8, k: 3, bias: yes}"),
            [("$.layers[0].conv.bias", "pattern")],
            id="yes is no boolean",
        ),
        pytest.param(
            layer("upsample: {scale_factor: 2, mode: cubic}"),
            [("$.layers[0].upsample.mode", "anyOf")],
            id="word that is none of the words",
        ),
        pytest.param(
            layer("max_pool: {k: 2, p: [[0, 1, 2], [0, 1]]}"),
            [("$.layers[0].max_pool.p", "anyOf")],
            id="padding of three sides",
        ),
        pytest.param(
            layer("opaque: {output: [3, 8, 8], reads: {k: 3, groups: 2}}"),
            [("$.layers[0].opaque.reads", "anyOf")],
            id="a window with groups",
        ),
        pytest.param(
            layer("leaky_relu: -0.2"),
            [("$.layers[0].leaky_relu", "minimum")],
            id="negative slope below 0",
        ),
        pytest.param(layer("relu: 3"), [("$.layers[0].relu", "type")], id="value for relu"),
        pytest.param(
            layer("{add: [prev, input], from: input}"),
            [("$.layers[0]", "forbidden")],
            id="merge with from",
        ),
        pytest.param(
            layer("{relu: {}, repeat: 2, each: {k: [1]}}"),
            [("$.layers[0]", "forbidden")],
            id="both repeat and each",
        ),
        pytest.param(
            layer("{relu: {}, repeat: -1}"),
            [("$.layers[0].repeat", "minimum")],
            id="negative repeat",
        ),
        pytest.param(
            layer("{relu: {}, from: 3}"), [("$.layers[0].from", "type")], id="layer by number"
        ),
        pytest.param(
            layer("{relu: {}, name: prev}"), [("$.layers[0].name", "not")], id="reserved name"
        ),
        pytest.param(
            layer("{relu: {}, name: 1st}"), [("$.layers[0].name", "pattern")], id="name with digit"
        ),
        pytest.param(
            layer("{relu: {}, each: {k: 2}}"),
            [("$.layers[0].each.k", "anyOf")],
            id="each without a list",
        ),
    ],
)
def test_wrong_files_are_refused_at_the_right_place(
    text: str, found: list[tuple[str, str]]
) -> None:
    with pytest.raises(convcalc.StackError):
        convcalc.plan(convcalc.loads(text))
    assert errors(text) == found
    assert errors(text, jsonschema.Draft202012Validator) == found


def test_a_block_is_taken_for_a_kind_that_only_the_file_knows() -> None:
    assert errors(layer("my_block: {c: 3, skip: stem, sizes: [1, 2]}")) == []
    assert errors(layer("my_block")) == []
