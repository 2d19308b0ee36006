"""From the shorthand to layer kinds: fields filled in, every refusal at the word it is about."""

from __future__ import annotations

import json
import re
from collections.abc import Container
from typing import Any, NoReturn

from pydantic import ValidationError

from convcalc.core.errors import LayerError, Place, Problem, StackError
from convcalc.core.shapes import Shape
from convcalc.kinds import find_kind, kind_names
from convcalc.kinds.base import Kind, LayerKind
from convcalc.kinds.base.elsewhere import sentence
from convcalc.kinds.base.tried_repairs import help_for
from convcalc.shorthand.parser import LETTERS, WORDS, parse
from convcalc.shorthand.question import Layer, Question
from convcalc.shorthand.values import ShorthandError, Token

# What findings call the words of the command line.
SOURCE = "<command>"
LETTERS_OF = {field: letter for letter, (field, _, _) in LETTERS.items()}
# A repair that a kind proposes in YAML's words.
_PROPOSED = re.compile(r"`(\w+): ([^`]+)`")
# The values of one field: `groups: 2` or `4`.
_ALTERNATIVES = re.compile(_PROPOSED.pattern + r"((?: or `(?!\w+: )[^`]+`)*)")


def read_question(words: list[str]) -> Question:
    """The question that `words` write. Raises StackError where a word does not fit."""
    text = " ".join(" ".join(words).split())
    try:
        return parse(words, kind_names())
    except ShorthandError as error:
        place = Place(1, error.start + 1, error.width)
        help = _known_elsewhere(error) or error.help
        problem = Problem(error.slug, str(error), place, help=help, file=SOURCE)
        raise StackError([problem], text) from None


def _known_elsewhere(error: ShorthandError) -> str:
    """What to write for another program's word for a layer; empty for all other mistakes."""
    if error.slug != "unknown-kind":
        return ""
    return _PROPOSED.sub(_said_in_words, sentence(error.word))


def _said_in_words(match: re.Match[str]) -> str:
    """A layer, or one of its fields, as a file writes it, in words of the shorthand."""
    name, value = match[1], match[2]
    if find_kind(name):
        return f"`{name} {value}`"
    return f"`{_word(LETTERS[name][0], value)}`" if name in LETTERS else match[0]


def refuse(
    question: Question, token: Token, slug: str, message: str, note: str = "", help: str = ""
) -> NoReturn:
    """Raises StackError with the one problem, at `token`."""
    place = Place(1, token.start + 1, max(1, len(token.text)))
    raise StackError([Problem(slug, message, place, note, help, file=SOURCE)], question.text)


def make_layer(
    question: Question, layer: Layer, fields: dict[str, Any], rank: int, has_channels: bool
) -> LayerKind:
    """The layer of its kind, with `fields` (those of `layer`, or what a dialect makes of them).

    Raises StackError where the kind does not take them.
    """
    name = layer.word
    kind = find_kind(name)
    assert kind is not None
    if kind.is_merge:
        message = f"`{name}` joins several layers, and a chain has only one"
        if kind.takes_from:
            message = f"`{name}` is of a kind that can join layers, and a chain has none of them"
        help = "write the network as a file: convcalc init, convcalc plan"
        refuse(question, layer.tokens["kind"], "bad-layer", message, help=help)
    values = _spelled(question, layer, kind, fields)
    if layer.is_convolution and "out_channels" not in values:
        if has_channels:
            is_assumed = len(question.axes) >= len(question.size)
            help = (
                f"write {name} 64{'' if is_assumed else ', or leave the channels out of the size'}"
            )
            message = f"`{layer.text}` does not say how many filters it has"
            refuse(question, layer.tokens["kind"], "missing-field", message, help=help)
        groups = values.get("groups", 1)
        values["out_channels"] = groups if isinstance(groups, int) else 1
    for field, value in values.items():
        values[field] = _fitted(field, value, rank)
    try:
        made = kind.model_validate(values)
    except ValidationError as error:
        _explain(question, layer, error)
    assert isinstance(made, LayerKind)
    return made


def _spelled(
    question: Question, layer: Layer, kind: type[Kind], fields: dict[str, Any]
) -> dict[str, Any]:
    """The fields under their full names, the bare value under that of the main field."""
    spellings = kind.spellings()
    name = layer.word
    values: dict[str, Any] = {}
    if layer.main is not None:
        if not kind.main:
            message = f"`{name}` takes no number"
            refuse(question, layer.tokens["main"], "unknown-field", message, help="leave it out")
        values[kind.main] = layer.main
    for field, value in fields.items():
        token = layer.tokens.get(field, layer.tokens["kind"])
        # What stands in the padding is the mode of a layer that does nothing but pad.
        spelt = "mode" if field == "padding_mode" and field not in spellings else field
        full = spellings.get(spelt)
        if full is None:
            known = ", ".join(sorted(set(spellings.values()))) or "none"
            message = f"`{token.text}`: {name} has no `{field}`"
            refuse(question, token, "unknown-field", message, help=f"its fields: {known}")
        if full in values:
            message = f"`{token.text}` sets `{full}` a second time"
            refuse(question, token, "field-given-twice", message, help="keep one of them")
        values[full] = value
    return values


def _fitted(field: str, value: Any, rank: int) -> Any:
    """A value as the YAML format has it: a single pair holds for every axis."""
    is_pair = isinstance(value, tuple) and len(value) == 1 and isinstance(value[0], tuple)
    if is_pair:
        return value[0] if field == "channels" else value * rank
    return (value,) if field == "shape" and isinstance(value, int) else value


def _explain(question: Question, layer: Layer, error: ValidationError) -> NoReturn:
    detail = error.errors()[0]
    field = str(detail["loc"][0]) if detail["loc"] else ""
    kind = find_kind(layer.word)
    assert kind is not None
    token = layer.tokens["kind"]
    for name, where in layer.tokens.items():
        if kind.spellings().get(name, kind.main if name == "main" else "") == field:
            token = where
    what = layer.word
    context = detail.get("ctx", {})
    if detail["type"] == "missing":
        message = f"`{layer.text}` needs `{field}`"
        value = kind.example_of(field)
        if " " in value and not value.startswith("["):
            help = f"no word writes it: write a file, with `{what}: {value}` for the layer"
            refuse(question, token, "missing-field", message, help=help)
        needed = _word(field, value)
        if field == kind.main and field not in LETTERS_OF:
            needed = f"{what} {needed.removeprefix(f'{field}=')}"
        help = f"write {needed}"
        at = question.layers.index(layer)
        if at and not layer.kind:
            # `k7,s2,p3` means one layer far more often than three.
            together = f"{question.layers[at - 1].text} {layer.text}"
            help = f"a comma begins another layer: write {together}, or {needed} for one more"
        refuse(question, token, "missing-field", message, help=help)
    message = str(context.get("message", detail["msg"]))
    subject = f"`{field}` of {what} {message}" if field else message
    help = spoken(str(context.get("help", "")))
    refuse(question, token, _slug(detail["type"]), subject, help=help)


def _slug(name: str) -> str:
    from convcalc.core.errors import CODES

    return name if name in CODES else "wrong-value"


def spoken(help: str, fields: Container[str] = LETTERS_OF) -> str:
    """A repair in the shorthand's words, as far as it speaks of `fields`.

    >>> spoken("use `padding: [3, 0]`, or `kernel_size: 5` or `6`, or `pad: 3` before it")
    'use `p3x0`, or `k5` or `k6`, or `pad: 3` before it'
    """

    def words(proposed: re.Match[str]) -> str:
        field, value, others = proposed.groups()
        if field not in fields:
            return proposed[0]
        values = (value, *re.findall("`([^`]+)`", others))
        return " or ".join(f"`{_word(field, value)}`" for value in values)

    return _ALTERNATIVES.sub(words, help)


def _word(field: str, value: str) -> str:
    """The word that gives `field` a value.

    >>> _word("padding", "[[0, 1], [2, 2]]"), _word("padding", "same"), _word("mode", "bilinear")
    ('p0:1x2:2', 'same', 'bilinear')
    >>> _word("part", "1"), _word("groups", "depthwise"), _word("count_include_pad", "true")
    ('part=1', 'dw', 'count_include_pad=true')
    """
    for word, (named, sets) in WORDS.items():
        if named == field and sets == value:
            return word
    if value.startswith("["):
        axes = json.loads(value)
        value = "x".join(":".join(map(str, a)) if isinstance(a, list) else str(a) for a in axes)
        value = value.replace("None", "~")
    letter = LETTERS_OF.get(field)
    return f"{letter}{value}" if letter else f"{field}={value}"


def refuse_layer(
    question: Question, layer: Layer, made: Kind, x: Shape, error: LayerError
) -> NoReturn:
    """Raises StackError for a layer, `made` of its words, that refuses the input `x`."""
    kind = type(made)
    token = layer.tokens["kind"]
    for name, where in layer.tokens.items():
        full = kind.main if name == "main" else kind.spellings().get(name, "")
        if error.field and full == error.field:
            token = where
    number = question.layers.index(layer) + 1
    which = f"layer {number} " if len(question.layers) > 1 else ""
    message = f"{which}`{layer.text}` does not fit its input"
    help = spoken(help_for(made, (x,), error), kind.model_fields)
    refuse(question, token, error.slug, message, error.note, help)
