"""The answer of `convcalc shape` as JSON, version 1."""

from __future__ import annotations

from typing import Any

from convcalc.features.shape.answer import ShapeAnswer, Step
from convcalc.planning.result import field_data
from convcalc.report.json_text import json_lines
from convcalc.shorthand.axis import Axis
from convcalc.shorthand.regimes import RELATIONSHIPS

SHAPE_VERSION = 1


def render(answer: ShapeAnswer) -> str:
    """The answer as one JSON object, one layer a line."""
    return json_lines(to_dict(answer))


def to_dict(answer: ShapeAnswer) -> dict[str, Any]:
    """The answer as JSON data.

    `channels` and `sizes` are the input as it was read, `channels` null where it names none.
    Where `has_channels` is false, shapes are spatial, and `params` and `macs` are null.
    """
    counted, question = answer.has_channels, answer.question
    return {
        "version": SHAPE_VERSION,
        "question": question.text,
        "dialect": answer.dialect.name if answer.dialect else None,
        "channels": question.size[0] if question.has_channels else None,
        "sizes": list(question.axes),
        "has_channels": counted,
        "input": list(answer.input),
        "output": list(answer.output),
        "params": answer.params if counted else None,
        "macs": answer.macs if counted else None,
        "layers": [_layer(answer, step) for step in answer.steps],
    }


def _layer(answer: ShapeAnswer, step: Step) -> dict[str, Any]:
    counted = answer.has_channels
    return {
        "layer": step.written.text,
        "kind": step.layer.kind,
        "input": list(answer.shown(step.x)),
        "output": list(answer.shown(step.output)),
        "params": step.facts.params if counted else None,
        "macs": step.facts.macs if counted else None,
        "receptive_field": field_data(step.field) if step.field else None,
        "axes": [_axis(axis) for axis in step.axes],
        "rules": list(step.rules),
        "elsewhere": dict(step.elsewhere),
    }


def _axis(axis: Axis) -> dict[str, Any]:
    low, high = axis.siblings
    number = axis.regime
    return {
        "input": axis.size,
        "output": axis.output,
        "formula": axis.formula,
        "kernel": axis.kernel,
        "span": axis.span,
        "stride": axis.stride,
        "dilation": axis.dilation,
        "padding": [axis.before, axis.after],
        "output_padding": axis.extra,
        "unread_padded_pixels": axis.unread_padding,
        "dropped_pixels": axis.dropped,
        "inputs_with_this_output": [low, high],
        "relationship": number,
        "regime": RELATIONSHIPS[number][0] if number else None,
    }
