"""The answer of `convcalc compare` as JSON, version 1."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from convcalc.features.compare.answer import ChannelTurn, Comparison, MapTurn, Measures
from convcalc.report.json_text import json_lines

COMPARE_VERSION = 1
_SIGNS = {1: "loss", 0: "tie", -1: "gain"}


def render(found: Comparison) -> str:
    """The comparison as one JSON object, one stack a line."""
    return json_lines(to_dict(found))


def to_dict(found: Comparison) -> dict[str, Any]:
    """The comparison as JSON data.

    `ratio` is a figure divided by that of the first stack, as an exact fraction; `last` is null
    where a run never ends. Channels, map and padding do not apply to files.
    """
    channels, names = found.channels, [one.name for one in found.measures]
    return {
        "version": COMPARE_VERSION,
        "channels": {"cin": channels.cin, "mid": channels.mid, "cout": channels.cout},
        "size": list(found.size),
        "padded": found.padded,
        "dtype": "float32",
        "batch": 1,
        "stacks": [_stack(found, at) for at in range(len(names))],
        "by_map_size": [_map_turn(names, turn) for turn in found.map_turns],
        "by_channels": [_channel_turn(names, turn) for turn in found.channel_turns],
    }


def _stack(found: Comparison, at: int) -> dict[str, Any]:
    one, first = found.measures[at], found.measures[0]
    return {
        "name": one.name,
        "is_file": found.stacks[at] is None,
        "receptive_field": list(one.field) if one.field is not None else None,
        "output": list(one.output),
        "params": one.params,
        "params_without_bias": one.weights,
        "macs": one.macs,
        "nonlinearities": one.nonlinearities,
        "peak_activation_bytes": one.peak,
        "kept_bytes": one.kept,
        "ratio": _ratios(one, first),
    }


def _ratios(one: Measures, first: Measures) -> dict[str, str | None]:
    figures = {
        "params": (one.params, first.params),
        "params_without_bias": (one.weights, first.weights),
        "macs": (one.macs, first.macs),
        "peak_activation_bytes": (one.peak, first.peak),
        "kept_bytes": (one.kept, first.kept),
    }
    return {key: str(Fraction(own, base)) if base else None for key, (own, base) in figures.items()}


def _map_turn(names: list[str], turn: MapTurn) -> dict[str, Any]:
    return {
        "stack": names[0],
        "against": names[turn.other],
        "runs": [
            {"first": run.first, "last": run.last, "macs": _SIGNS[run.sign]} for run in turn.runs
        ],
    }


def _channel_turn(names: list[str], turn: ChannelTurn) -> dict[str, Any]:
    return {
        "stack": names[0],
        "against": names[turn.other],
        "figure": turn.metric,
        "cin_over_cout": None if turn.ratio is None else str(turn.ratio),
        "above": _SIGNS[turn.above],
    }
