"""A network as one HTML page: everything is in the file, and the file loads nothing.

Its policy lets in its own style and script by their hashes alone, so that nothing a name could
smuggle in would run. Names stand in the page as escaped text, and in the data of the script as
JSON, which the script only ever shows as text.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from convcalc.core.shapes import format_shape
from convcalc.core.text import count, in_words, rounded, size
from convcalc.features.report.page_data import page_data, safe_json
from convcalc.report.columns import field_text
from convcalc.report.diagram import Sketch, TooLargeError, fitting_outline, sketch
from convcalc.report.drawing.palette import Role, palette
from convcalc.report.drawing.svg import FONTS, embedded, escaped
from convcalc.report.view import expectations_text, inputs_in_words

if TYPE_CHECKING:
    from convcalc.planning import Plan
    from convcalc.report.diagram import Outline
    from convcalc.report.found import Finding

# A page with more boxes in its graph is slow, and nobody could read it.
MOST_NODES = 500
_LEVELS = {"error": "✗", "warning": "!", "info": "i"}


@dataclass(frozen=True)
class Contents:
    """What a page shows: a plan, what a check of its file found, and its graph, drawn."""

    plan: Plan
    findings: tuple[Finding, ...]
    outline: Outline
    sketch: Sketch | None

    @classmethod
    def of(cls, plan: Plan, findings: tuple[Finding, ...], depth: int | None = None) -> Contents:
        """The contents of a page; a graph that is too large is left out."""
        outline = fitting_outline(plan, depth)
        try:
            drawn = sketch(outline) if len(outline.nodes) <= MOST_NODES else None
        except TooLargeError:
            drawn = None
        return cls(plan, findings, outline, drawn)


def web_page(contents: Contents) -> str:
    """The page.

    >>> import convcalc
    >>> text = "convcalc: 1\\nname: <b>\\ninput: [3, 8, 8]\\nlayers: [conv: {out: 4, k: 3}]"
    >>> page = web_page(Contents.of(convcalc.plan(convcalc.loads(text)), ()))
    >>> "<h1>&lt;b&gt;</h1>" in page, page.count("<script"), page.count("src=")
    (True, 2, 0)
    """
    style, script = _style(), _text("page.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    plan = contents.plan
    data = page_data(plan, contents.outline, contents.sketch)
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        f"<title>{escaped(plan.name)}</title>",
        f"<style>{style}</style>",
        "</head>",
        "<body>",
        *_body(contents),
        f'<script type="application/json" id="data">{safe_json(data)}</script>',
        f"<script>{script}</script>",
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(lines)


def _hash(text: str) -> str:
    """The source of a policy that lets in this text alone. Source: CSP Level 3, 2.3.1."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _text(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _style() -> str:
    """The rules of the page: colours of both themes, those of the drawing, and the layout."""
    roles = [role for role in palette("light") if not role.startswith("heat")]
    dark = _variables("dark", roles)
    return "\n".join(
        [
            f":root {{ --fonts: {FONTS}; {_variables('light', roles)} }}",
            f'@media screen {{ :root[data-theme="dark"] {{ {dark} }} }}',
            "@media screen and (prefers-color-scheme: dark) {",
            f':root:not([data-theme="light"]) {{ {dark}; color-scheme: dark }}',
            "}",
            *(f".f-{role} {{ fill: var(--{role}) }}" for role in roles),
            *(f".s-{role} {{ stroke: var(--{role}) }}" for role in roles),
            _text("page.css"),
        ]
    )


def _variables(theme: str, roles: Sequence[Role]) -> str:
    colors = palette("dark" if theme == "dark" else "light")
    return "; ".join(f"--{role}: {colors[role]}" for role in roles)


def _body(contents: Contents) -> Iterator[str]:
    plan = contents.plan
    yield '<a class="skip" href="#layers">Skip to the layers</a>'
    yield "<header><div>"
    yield f"<h1>{escaped(plan.name)}</h1>"
    facts = (
        in_words(len(plan.rows), "layer"),
        inputs_in_words(plan.inputs),
        f"batch {plan.batch}",
        plan.dtype,
    )
    yield f'<p class="quiet">{escaped(" · ".join(facts))}</p>'
    yield '</div><button type="button" id="theme">Colours: auto</button></header>'
    yield "<nav><ul>"
    for anchor, title in _SECTIONS:
        yield f'<li><a href="#{anchor}">{title}</a></li>'
    yield "</ul></nav>"
    yield "<main>"
    yield from _totals(plan)
    yield from _findings(contents)
    yield from _SHARES
    yield from _graph(contents)
    yield from _LAYERS
    yield "</main>"
    yield "<footer>Written by convcalc. MACs are those of convolutions, dense layers and products, "
    yield "of 2 FLOPs each. Nothing of this page is loaded from elsewhere.</footer>"


_SECTIONS = (
    ("totals", "Totals"),
    ("findings", "Findings"),
    ("shares", "Where it lies"),
    ("graph", "Graph"),
    ("layers", "Layers"),
)


def _totals(plan: Plan) -> Iterator[str]:
    """The sums as cards."""
    totals, memory = plan.totals, plan.totals.memory
    least = dict.fromkeys(totals.lower_bounds, "at least ")
    params, macs = least.get("params", ""), least.get("macs", "")
    cards = [
        ("parameters", f"{params}{rounded(totals.params)}", f"{params}{count(totals.params)}"),
        (
            "MACs",
            f"{macs}{rounded(totals.macs)}",
            f"{macs}{count(totals.macs)} = {rounded(totals.flops)} FLOPs",
        ),
        (
            "memory at inference",
            f"{least.get('inference', '')}{size(memory.inference)}",
            f"activations {size(memory.peak_activations)} at most, in {memory.peak_at}",
        ),
        (
            "memory in training",
            f"{least.get('training', '')}{size(memory.training)}",
            "with Adam, without workspace",
        ),
    ]
    graph = plan.graph
    for index in graph.outputs[:4]:
        name = graph.name_of(index)
        rows = [row for row in plan.rows if row.node.at == index]
        seen = " / ".join(field_text(field) for row in rows for field in row.receptive_fields)
        sees = f"{name} sees {seen}" if seen else name
        cards.append(("output", format_shape(graph.shape_of(index)), sees))
    yield '<section id="totals" aria-label="Totals"><dl class="cards">'
    for title, shown, note in cards:
        small = "" if note == shown else f"<small>{escaped(note)}</small>"
        yield f"<div><dt>{title}</dt><dd>{escaped(shown)}{small}</dd></div>"
    yield "</dl>"
    if any(row.unknown or row.declared or row.weights for row in plan.rows):
        yield '<p class="quiet">≥: at least, ≤: at most, as some layers do not tell '
        yield "their part, which is ?. "
        yield "*: as the file declares. shared: counted at the layer that had them first.</p>"
    yield "</section>"


def _findings(contents: Contents) -> Iterator[str]:
    found = contents.findings
    number = f" ({len(found)})" if found else ""
    yield f'<section id="findings"><h2>Findings{number}</h2>'
    held = expectations_text(contents.plan)
    if held:
        yield f"<p>Expectations: {escaped(held)}.</p>"
    if not found:
        yield "<p>A check of the file finds nothing.</p>"
    else:
        yield '<ul class="findings">'
        for problem in found:
            yield f'<li class="{problem.level}">{_finding(problem)}</li>'
        yield "</ul>"
    yield "</section>"


def _finding(problem: Finding) -> str:
    place = f", line {problem.line}" if problem.line is not None else ""
    head = f"{_LEVELS[problem.level]} {problem.level} {problem.code} {problem.slug}{place}"
    parts = [f'<span class="level">{escaped(head)}</span>', escaped(problem.message)]
    if problem.note:
        parts.append(f'<span class="quiet">{escaped(problem.note)}</span>')
    if problem.help:
        parts.append(f"help: {escaped(problem.help)}")
    return "<br>".join(parts)


def _graph(contents: Contents) -> Iterator[str]:
    yield '<section id="graph"><h2>Graph</h2>'
    if contents.sketch is None:
        boxes = count(len(contents.outline.nodes))
        yield f"<p>The graph has {boxes} boxes, too many for a picture here. "
        yield "<code>--depth 0</code> folds every block.</p>"
    else:
        yield '<div class="tools"><button type="button" id="fit">Fit</button>'
        yield '<button type="button" id="farther" aria-label="smaller">−</button>'
        yield '<button type="button" id="closer" aria-label="larger">+</button>'
        yield '<span id="zoom" class="quiet"></span></div>'
        yield '<div class="drawing" id="drawing" tabindex="0">'
        yield embedded(contents.sketch.picture, "light")
        yield "</div>"
    yield "</section>"


_SHARES = (
    '<section id="shares"><h2>Where it lies</h2>',
    "<fieldset><legend>Show</legend>",
    '<label><input type="radio" name="metric" value="macs" checked> MACs</label>',
    '<label><input type="radio" name="metric" value="params"> parameters</label>',
    '<label><input type="radio" name="metric" value="bytes"> memory of activations</label>',
    "</fieldset>",
    '<svg class="strip" id="strip" preserveAspectRatio="none" role="slider" tabindex="0" '
    'aria-label="layer" aria-valuemin="1"></svg>',
    '<p class="quiet" id="strip-note"></p>',
    '<div class="halves"><div><h3>By stage <span class="quiet" id="stages-note"></span></h3>',
    '<ol class="bars" id="stages"></ol></div>',
    '<div><h3>The heaviest layers</h3><ol class="bars" id="heaviest"></ol></div></div>',
    "</section>",
)
_LAYERS = (
    '<section id="layers"><h2>Layers</h2>',
    '<div class="tools">',
    '<input type="search" id="search" aria-label="Search layers" '
    'placeholder="Search: name, kind, fields  ( / )" autocomplete="off">',
    '<select id="kind" aria-label="Kind"><option value="">all kinds</option></select>',
    '<button type="button" id="open">Open all blocks</button>',
    '<button type="button" id="fold">Fold all</button>',
    '<details><summary>Columns</summary><div id="columns"></div></details>',
    '<span id="status" class="quiet" role="status"></span>',
    "</div>",
    '<div class="with-field"><div class="table"><table aria-label="Layers">',
    '<thead id="head"></thead><tbody id="body"></tbody></table>',
    '<p id="none" hidden>No layer is like that.</p>',
    "<noscript><p>The table of layers needs the script of this page.</p></noscript></div></div>",
    '<aside id="field" aria-label="What the layer sees" hidden>',
    '<button type="button" id="field-close" aria-label="Close">×</button>',
    '<h3 id="field-name"></h3><p class="quiet" id="field-kind"></p>',
    '<div id="field-views"></div><p id="field-said"></p></aside>',
    "</section>",
)
