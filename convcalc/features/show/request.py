"""What `convcalc show` shows: of layers in shorthand, or of a layer of a file."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from convcalc.cli.options import bad
from convcalc.cli.reading import read_network
from convcalc.cli.streams import answer as write
from convcalc.cli.streams import style_of
from convcalc.core.errors import ExitCode, Place, Problem, StackError
from convcalc.features.show import data as show_json
from convcalc.features.show import words as show_text
from convcalc.features.show.question import Data, of_row, of_words
from convcalc.features.show.values import Shown, View
from convcalc.features.show.working import MAX_ENTRIES
from convcalc.planning import plan as plan_network
from convcalc.shorthand.layers import SOURCE


@dataclass(frozen=True, slots=True)
class Wanted:
    """The views (none: those that suit the layer), text or json, and the numbers given."""

    views: tuple[View, ...]
    format: str
    data: Data


def show_words(words: list[str], wanted: Wanted) -> ExitCode:
    """Answer for layers in shorthand."""
    return _show(of_words(words, wanted.data), wanted, " ".join(" ".join(words).split()))


def show_file(file: str, layer: str | None, stdin_filename: str | None, wanted: Wanted) -> ExitCode:
    """Answer for a layer of a network's file; the only layer needs no name."""
    network = read_network(file, stdin_filename)
    plan = plan_network(network)
    if layer is None and len(plan.rows) > 1:
        raise bad("is needed for a file", f"write --layer {plan.rows[0].name}", "--layer")
    try:
        row = plan[layer or plan.rows[0].name]
    except KeyError as error:
        raise bad(str(error.args[0]), "", "--layer") from None
    document = network.document
    return _show(of_row(row, document.file, document.text, wanted.data), wanted, "")


def _show(layers: tuple[Shown, ...], wanted: Wanted, text: str) -> ExitCode:
    refuse_missing(layers, wanted.views, text)
    if wanted.format == "json":
        write(show_json.render(layers, wanted.views))
    else:
        write(show_text.render(layers, wanted.views, style_of(sys.stdout)))
    return ExitCode.CLEAN


def refuse_missing(layers: tuple[Shown, ...], views: tuple[View, ...], text: str) -> None:
    """Refuses views that none of the layers has, unless all were asked for."""
    has = {view for shown in layers for view in shown.views}
    if not views or has & set(views):
        return
    (view, *_) = views
    what = " , ".join(shown.text for shown in layers)
    known = ", ".join(view for view in has) or "the numbers alone"
    help = f"it has {known}"
    message = f"`{what}` has no view `{view}`"
    note = ""
    if view == "stretched":
        note = "a transposed layer stretches its input"
        help = "write conv_transpose, or --transposed"
    entries = max(len(one.input.values) * len(one.output.values) for one in layers)
    slug = "not-shown"
    if view == "matrix" and entries > MAX_ENTRIES:
        slug, note = "too-large-to-show", f"{MAX_ENTRIES:,} entries at most are shown"
        message, help = f"the matrix of `{what}` has {entries:,} entries", "take a smaller input"
    place = Place(1, 1, len(text)) if text else None
    raise StackError([Problem(slug, message, place, note, help, file=SOURCE if text else "")], text)
