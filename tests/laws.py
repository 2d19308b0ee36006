"""Laws that every layer kind meets, each a function of a kind and of cases drawn for it.

`tests/test_laws.py` holds them over all kinds, `tests/meta` breaks kinds on purpose. A new kind
needs one line in DRAWS of `tests/drawn_layers.py`, and its definition in `tests/reference`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any, get_args

import pytest
from pydantic import ValidationError

import convcalc
from convcalc.arrays.ops import Ops
from convcalc.core.errors import CODES, LayerError
from convcalc.core.links import TOO_LONG
from convcalc.features.show.chosen import Data, of_row
from convcalc.kinds.base import WORK_CLASSES, Figure, Kind, LayerKind, MergeKind
from convcalc.kinds.base.tried_repairs import help_for
from tests import reference
from tests.crosscheck.draws import Case
from tests.drawn_layers import DRAWS, draw, example, legal
from tests.proposals import proposals

# Why `show` shows no numbers of a layer.
NOT_SHOWN = {"not-shown", "too-large-to-show", "not-finite"}

# Fields that stand resolved under another name, by kind.
REPLACED = {"upsample": {"scale_factor"}, "conv_transpose": {"output_size"}}

# Of these a layer takes one only.
SIZES = frozenset({"output_size", "scale_factor", "output_padding"})

# Of these, ~ keeps an axis, or is no end.
KEEPING = frozenset({"cell_clip", "output_size", "output", "min_val", "max_val"})

# These need not be whole.
NUMBERS = frozenset(
    {
        "cell_clip",
        "p",
        "value",
        "scale",
        "scale_factor",
        "negative_slope",
        "eps",
        "alpha",
        "beta",
        "k",
        "min_val",
    }
    | {"max_val", "threshold", "lambd", "other"}
)


def is_drawn(kind: type[Kind], name: str) -> None:
    """Its layers are drawn, legal and illegal ones; the page shows only a few, and legal ones."""
    assert name in DRAWS, f"add `{name}` to DRAWS in tests/drawn_layers.py: how it is drawn"


def as_text(case: Case, fields: str | None = None) -> str:
    """A file with the case as its only layer; JSON is YAML."""
    fields = json.dumps(case.fields) if fields is None else fields
    shapes: Any = list(case.inputs[0] if case.inputs else (1,))
    if "inputs" in case.fields:
        names = case.fields["inputs"]
        shapes = {n: list(shape) for n, shape in zip(names, case.inputs, strict=True)}
    layer = f"- {case.kind}: {fields}"
    return f"convcalc: 1\ninput: {json.dumps(shapes)}\nlayers:\n{layer}\n"


def findings(text: str) -> list[convcalc.Problem]:
    """What is wrong with a file."""
    try:
        convcalc.loads(text)
    except convcalc.StackError as error:
        return list(error.problems)
    return []


def has_a_manual_page(kind: type[Kind], name: str) -> None:
    """A first line that is a sentence, and an example that plans and shows the kind."""
    page = kind.__doc__ or ""
    first = page.split("\n")[0]
    assert first.strip(), f"`{name}` has no first line"
    assert first.endswith((".", ":")), f"the first line of `{name}` is no sentence: {first}"
    plan = convcalc.plan(convcalc.loads(example(kind)))
    assert name in {row.kind for row in plan}, f"the example of `{name}` does not show it"


def describes_its_fields(kind: type[Kind], name: str) -> None:
    """Every field has a sentence."""
    for field, info in kind.model_fields.items():
        assert info.description, f"`{field}` of `{name}` has no description"
        assert info.description.endswith("."), f"`{field}` of `{name}`: no sentence"
    assert all(text.endswith(".") for text in kind.likes.values())
    assert set(kind.liked) <= set(kind.model_fields)


def says_what_it_needs(kind: type[Kind], name: str) -> None:
    """`main` is a field; the bare word stands exactly where no field is required."""
    required = [field for field, info in kind.model_fields.items() if info.is_required()]
    assert not kind.main or kind.main in kind.model_fields
    slugs = {
        problem.slug for problem in findings(f"convcalc: 1\ninput: [4, 9, 9]\nlayers: [{name}]\n")
    }
    assert ("missing-field" in slugs) == bool(required or name == "upsample")
    assert kind.is_merge == issubclass(kind, MergeKind)


def has_spellings(kind: type[Kind], name: str) -> None:
    """Every field is spelt in full, some in short; both at once are one finding."""
    spellings = kind.spellings()
    assert set(spellings.values()) == {*kind.model_fields, *kind.likes}
    for short, full in spellings.items():
        if short == full:
            continue
        value = [0, 1] if full == "channels" else 1
        both = f"{{{name}: {{{full}: {value}, {short}: {value}}}}}"
        (problem,) = findings(f"convcalc: 1\ninput: [9]\ndefaults: {both}\nlayers: [relu]\n")
        assert problem.slug == "field-given-twice"
        assert problem.place is not None
        assert (problem.place.line, problem.place.width) == (3, len(short))


def refuses_unknown_fields(kind: type[Kind], name: str) -> None:
    """One finding, at the field's own place."""
    case = legal(kind, name, 1)[0].case
    fields = json.dumps({**case.fields, "zzzzzz": 1})
    (problem,) = findings(as_text(case, fields))
    assert (problem.slug, problem.message) == ("unknown-field", f"`{name}` has no `zzzzzz`")
    assert problem.place == (4, 5 + len(name) + fields.index('"zzzzzz"'), 8)


def refuses_mistyped_fields(kind: type[Kind], name: str) -> None:
    """A value of the wrong type: one finding, at the value's own place."""
    case = legal(kind, name, 1)[0].case
    for field in kind.model_fields:
        rivals = {field, *(SIZES if field in SIZES else ())}
        others = {key: value for key, value in case.fields.items() if key not in rivals}
        fields = json.dumps({**others, field: 12345.5e-7})
        found = findings(as_text(case, fields))
        if not found:
            assert field in NUMBERS, f"`{field}` of `{name}` takes 0.0012"
            continue
        (problem,) = found
        assert problem.slug in ("wrong-type", "wrong-value"), problem
        assert f"`{field}` of `{name}`" in problem.message
        assert problem.place is not None
        assert problem.place[:2] == (4, 5 + len(name) + fields.index("0.00123455"))
        assert problem.help


def is_strict_with_integers(kind: type[Kind], name: str) -> None:
    """No true, no '3' and no 3.0 for an integer; ~ only where it has a meaning."""
    for drawn in legal(kind, name, 8):
        for field, value in drawn.case.fields.items():
            if type(value) is not int and not (isinstance(value, list) and type(value[0]) is int):
                continue
            values: list[object] = [True, "3"]
            if field not in NUMBERS:
                values.append(3.0)
            if kind.model_fields[field].default is not None and field not in KEEPING:
                values.append(None)
            for wrong in values:
                spoilt = [wrong, *value[1:]] if isinstance(value, list) else wrong
                places = _refused_places(kind, {**drawn.case.fields, field: spoilt})
                assert places == {field}, f"`{field}` of `{name}` takes {wrong!r}"


def _refused_places(kind: type[Kind], fields: dict[str, object]) -> set[object]:
    try:
        kind.model_validate(fields)
    except ValidationError as error:
        return {detail["loc"][0] for detail in error.errors()}
    return set()


def states_its_output(kind: type[Kind], name: str) -> None:
    """The shape is that of the definition, and positive."""
    for drawn in legal(kind, name):
        assert min(drawn.facts.output) > 0
        assert drawn.facts.output == reference.output(drawn.case), drawn.case


def counts_its_parameters(kind: type[Kind], name: str) -> None:
    """Learnt arrays and buffers, and the numbers in them, are those of the definition."""
    for drawn in legal(kind, name):
        learnt, buffers = reference.params(drawn.case)
        assert (drawn.facts.params, drawn.facts.buffers) == (learnt, buffers), drawn.case
        inputs = drawn.case.inputs
        shapes = drawn.layer.weights_of(inputs), drawn.layer.buffers_of(inputs)
        assert shapes == reference.arrays(drawn.case), drawn.case


def counts_its_work(kind: type[Kind], name: str) -> None:
    """MACs and elementwise work are those of the definition; no class is made up."""
    for drawn in legal(kind, name):
        assert drawn.facts.macs == reference.macs(drawn.case), drawn.case
        work = reference.work(drawn.case)
        assert drawn.facts.work == tuple(work.get(c, 0) for c in WORK_CLASSES), drawn.case
        if isinstance(drawn.layer, LayerKind):
            said = drawn.layer.work(drawn.case.inputs[0], drawn.facts.output)
            assert set(said) <= set(WORK_CLASSES)


def knows_what_it_reads(kind: type[Kind], name: str) -> None:
    """The positions that its links name are those of the definition, for every unit."""
    for drawn in legal(kind, name):
        defined = reference.reads(drawn.case)
        assert len(drawn.facts.links) == len(drawn.case.inputs)
        for links, reads in zip(drawn.facts.links, defined, strict=True):
            assert (links is None) == (reads is None), drawn.case
            if links is None or reads is None:
                continue
            assert len(links) == len(reads)
            for axis, (link, read) in enumerate(zip(links, reads, strict=True)):
                assert link is not TOO_LONG
                beyond = 0 if link.units else 2
                for unit in range(-beyond, drawn.facts.output[1 + axis] + beyond):
                    turns, phase = divmod(unit, len(link.taps))
                    stated = [tap + turns * link.rise for tap in link.taps[phase]]
                    assert stated == sorted(set(read(unit))), (drawn.case, axis, unit)


def resolves_its_fields(kind: type[Kind], name: str) -> None:
    """Resolved fields are JSON, none is missing, and they make the same layer again."""
    for drawn in legal(kind, name):
        resolved = drawn.layer.resolved(drawn.case.inputs)
        assert json.loads(json.dumps(resolved, allow_nan=False)) == resolved
        expected = set(kind.model_fields) - REPLACED.get(name, set()) - {"inputs"}
        assert expected <= set(resolved), f"`{name}` resolves to {resolved}"
        # Windows stand over the map that goes in, or over the one that comes out.
        rank = max(map(len, (*drawn.case.inputs, drawn.facts.output))) - 1
        for field in ("kernel_size", "stride", "dilation", "padding"):
            if field in resolved:
                # A word stays where its numbers would be refused.
                assert isinstance(resolved[field], str) or len(resolved[field]) == rank
        if isinstance(drawn.layer, LayerKind):
            again = kind.model_validate(resolved).facts(drawn.case.inputs)
            assert again[:5] == drawn.facts[:5], (drawn.case, resolved)


def always_says_the_same(kind: type[Kind], name: str) -> None:
    """Two layers with the same fields are equal, and so are their facts."""
    for drawn in legal(kind, name):
        again = kind.model_validate(drawn.case.fields)
        assert again == drawn.layer
        assert again.facts(drawn.case.inputs) == drawn.facts
        hash(drawn.facts)


def is_made_of_its_own_fields(kind: type[Kind], name: str) -> None:
    """The fields of a layer, as it holds them, make the same layer."""
    for drawn in legal(kind, name):
        given = {field: getattr(drawn.layer, field) for field in drawn.layer.model_fields_set}
        assert kind.model_validate(given) == drawn.layer, drawn.case


def explains_and_repairs_what_it_refuses(kind: type[Kind], name: str, count: int = 100) -> None:
    """An illegal layer has a known slug, numbers, a shape to go on with, and a repair that works.

    A second fault may be in the way of a repair where it is of another sort, and of a field not
    written.
    """
    rng = Random(f"repairs of {name}")
    for _ in range(count):
        case = draw(name)(rng)
        error, help = refused(kind, case)
        explains(kind, case, error, help)
        for fields in proposals(help, kind.model_fields):
            again, _ = refused(kind, case._replace(fields=case.fields | fields))
            assert again is None or _is_another(again, error, fields), (fields, again, case)


def explains(kind: type[Kind], case: Case, error: Exception | None, help: str) -> None:
    """Raises AssertionError where a refusal lacks what whoever wrote the layer has to know."""
    if isinstance(error, ValidationError):
        known = {*CODES, "missing", "literal_error"}
        assert {detail["type"] for detail in error.errors()} <= known, case
    if not isinstance(error, LayerError):
        return
    assert error.slug in CODES
    assert error.note, case
    assert error.note.isprintable()
    # Who made two maps differ, and what repairs it, is for the graph to say.
    assert help or error.slug == "merge-size-mismatch", (error.note, case)
    assert error.field in ("", *kind.model_fields)
    assert error.recovered is None or min(error.recovered) > 0, case


def _is_another(again: Exception, error: Exception | None, fields: dict[str, Any]) -> bool:
    assert isinstance(again, LayerError)
    assert isinstance(error, LayerError)
    return again.slug != error.slug and again.field not in fields


def says_whether_it_is_told(kind: type[Kind], name: str) -> None:
    """Nothing is declared or unknown of what runs; what does not run tells its figures, or not."""
    for drawn in legal(kind, name):
        declared, unknown = set(drawn.facts.declared), set(drawn.facts.unknown)
        assert not declared & unknown
        if kind.runs:
            assert not declared | unknown, f"`{name}` runs, and has figures that are not its own"
            continue
        assert declared | unknown == set(get_args(Figure)), drawn.case
        with pytest.raises(LookupError):
            drawn.layer.run(Ops(), (), {})


def refused(kind: type[Kind], case: Case) -> tuple[Exception | None, str]:
    """What is wrong with a case, and what its layer is told; (None, "") where it is legal."""
    try:
        layer = kind.model_validate(case.fields)
    except ValidationError as error:
        return error, ""
    try:
        layer.facts(case.inputs)
    except LayerError as error:
        return error, help_for(layer, case.inputs, error)
    return None, ""


def is_shown_or_says_why_not(kind: type[Kind], name: str) -> None:
    """`show` works out the layers of its page and drawn ones, or says why it cannot."""
    drawn = [as_text(one.case) for one in legal(kind, name, 2)]
    for text in (example(kind), *drawn):
        for row in convcalc.plan(convcalc.loads(text)):
            if row.kind != name:
                continue
            output, why = row.output, set()
            try:
                output = of_row(row, "", text, Data())[0].output.shape
            except convcalc.StackError as error:
                why = {one.slug for one in error.problems}
            assert output == row.output, text
            assert why <= NOT_SHOWN, text


LAWS: tuple[Callable[[type[Kind], str], None], ...] = (
    is_drawn,
    has_a_manual_page,
    describes_its_fields,
    says_what_it_needs,
    has_spellings,
    refuses_unknown_fields,
    refuses_mistyped_fields,
    is_strict_with_integers,
    states_its_output,
    counts_its_parameters,
    counts_its_work,
    knows_what_it_reads,
    resolves_its_fields,
    always_says_the_same,
    is_made_of_its_own_fields,
    says_whether_it_is_told,
    explains_and_repairs_what_it_refuses,
    is_shown_or_says_why_not,
)
