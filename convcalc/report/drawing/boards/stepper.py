"""A board as one HTML page that goes through its steps: keys, a slider, a button that plays.

The steps also stand as a list, so that nothing is lost without the script. The page loads nothing;
its policy allows this script alone, by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator

from convcalc.report.drawing.boards.grids import Board, Panel
from convcalc.report.drawing.boards.sheet import single
from convcalc.report.drawing.html import document
from convcalc.report.drawing.palette import Theme
from convcalc.report.drawing.svg import embedded, escaped

_SCRIPT = """\
for (const panel of document.querySelectorAll("section")) {
  const groups = [...panel.querySelectorAll("[data-places]")]
    .map(group => [group, group.dataset.places.split(";")]);
  const texts = [...panel.querySelectorAll("li")].map(item => item.textContent);
  if (!texts.length) continue;
  const slider = panel.querySelector("input"), play = panel.querySelector(".play");
  const count = panel.querySelector(".count"), sum = panel.querySelector(".sum");
  let timer = 0;
  const show = step => {
    const at = (step + texts.length) % texts.length;
    slider.value = at;
    count.textContent = `step ${at + 1} of ${texts.length}`;
    sum.textContent = texts[at];
    for (const [group, places] of groups) {
      if (places.length < 2) continue;
      group.setAttribute("opacity", places[at] ? 1 : 0);
      if (places[at]) group.setAttribute("transform", `translate(${places[at]})`);
    }
  };
  const stop = () => { clearInterval(timer); timer = 0; play.textContent = "Play"; };
  const go = step => { stop(); show(step); };
  const toggle = () => {
    if (timer) return stop();
    play.textContent = "Pause";
    timer = setInterval(() => show(+slider.value + 1), 900);
  };
  panel.querySelector(".back").onclick = () => go(+slider.value - 1);
  panel.querySelector(".next").onclick = () => go(+slider.value + 1);
  play.onclick = toggle;
  slider.oninput = () => go(+slider.value);
  panel.onkeydown = event => {
    const keys = { ArrowLeft: -1, ArrowRight: 1 };
    if (event.key in keys) go(+slider.value + keys[event.key]);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(texts.length - 1);
    else if (event.key === " " && event.target === panel) toggle();
    else return;
    event.preventDefault();
  };
  panel.querySelector(".controls").hidden = false;
  panel.querySelector("details").open = false;
  show(0);
}
document.documentElement.classList.add("ready");
"""
_HASH = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
_STYLE = (
    ":root { color-scheme: light dark }",
    "section { margin: 0 0 2rem; padding: .5rem; border-radius: .4rem }",
    "section:focus { outline: 2px solid }",
    # The keys stay in view below a panel that is taller than the window.
    "main, section, .dock { background: inherit }",
    ".dock { position: sticky; bottom: 0; padding: .3rem 0 }",
    ".controls { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center }",
    ".controls[hidden] { display: none }",
    ".controls button { font: inherit; padding: .3rem .8rem }",
    ".controls input { flex: 1 1 12rem }",
    ".count { min-width: 8em; text-align: right }",
    ".sum { min-height: 3em; margin: .5rem 0 0; font-size: 1.1em; overflow-wrap: anywhere }",
)


def page(board: Board, theme: Theme = "auto") -> str:
    """The page. Raises BoardError."""
    body = [f"<h1>{escaped(board.title)}</h1>", f"<p>{escaped(board.description)}</p>"]
    for number, panel in enumerate(board.panels):
        body += _section(board, panel, number, theme)
    body.append(f"<script>{_SCRIPT}</script>")
    return document(board.title, body, theme, _STYLE, f"; script-src 'sha256-{_HASH}'")


def _section(board: Board, panel: Panel, number: int, theme: Theme) -> Iterator[str]:
    yield f'<section tabindex="0" aria-label="{escaped(panel.title)}">'
    yield embedded(single(board, panel), theme, number)
    if panel.captions:
        last = len(panel.captions) - 1
        yield '<div class="dock">'
        yield '<div class="controls" hidden>'
        yield '<button type="button" class="back" aria-label="one step back">&#9664;</button>'
        yield '<button type="button" class="play">Play</button>'
        yield '<button type="button" class="next" aria-label="one step on">&#9654;</button>'
        yield f'<input type="range" min="0" max="{last}" value="0" aria-label="step">'
        yield '<span class="count"></span>'
        yield "</div>"
        yield '<p class="sum" aria-live="polite"></p>'
        yield "</div>"
        yield f"<details open><summary>All {last + 1} steps</summary><ol>"
        yield from (f"<li>{escaped(text)}</li>" for text in panel.captions)
        yield "</ol></details>"
    yield "</section>"
