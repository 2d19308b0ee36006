"""One plan as it is written at every width and in every format, read line by line.

Its figures, by hand. `stem`: 3·8·49 = 1,176 weights at 32x24 places. `a`: 8·8·9 = 576, `b`: half
of 8·8·3 = 96, over 768 places each. `down` has 16·12 = 192 places: 8·16·9, half of 16·16·3, and
8·16 for the shortcut. The field is 7 in steps of 2; each `a` adds 4, each `b` 4 rows; `down.a`
adds 4, and `down.b` 8 rows in steps of 4.

After a change that is meant to move something: `python -m tests.report.test_views`, and read.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Run

KEPT = Path(__file__).parent / "views.txt"
NETWORK = """convcalc: 1
name: views
input: [3, 64, 48]
defaults: {conv: {bias: false}}
blocks:
  residual:
    args: {c: ~, s: 1}
    layers:
      - {conv: {out: =c, k: 3, s: =s, p: 1}, name: a}
      - {batch_norm: {}, name: n}
      - {conv: {out: =c, k: [3, 1], p: [1, 0], g: 2}, name: b}
      - {conv: {out: =c, k: 1, s: =s}, from: in, if: =s>1, name: z}
      - {add: [b, z], if: =s>1, name: sum}
layers:
  - {conv: {out: 8, k: 7, s: 2, p: 3}, name: stem}
  - {relu: {}, name: r}
  - {residual: {c: 8}, repeat: 2, name: body}
  - {residual: {c: 16, s: 2}, name: down}
  - {opaque: {output: [16, 16, 12], params: 1200, macs: 5000, reads: {k: 3, p: 1}}, name: told}
  - {upsample: 2, name: up}
  - {instance_norm: {}, name: all}
  - global_avg_pool
  - {linear: 100, name: a_head_with_a_name_that_is_rather_long}
  - {opaque: {output: [7], reads: all, note: ours}, name: unknown}
"""
# The terminal's width and the options.
VIEWS = (
    "40", "66", "82", "100", "160 --count all", "120 --depth 0 --shares", "90 --sort macs --top 3",
    "64 --depth 0 --explain --columns name,inputs,fields,output,params,bytes",
    "110 --batch 4 --dtype float16 --depth 0 --count bias,norm", "80 --format markdown --depth 0",
    "80 --format csv --depth 0", "80 --format plain --top 2", "80 --format csv --columns all",
)  # fmt: skip


def words_of(view: str) -> tuple[str, list[str]]:
    width, *options = view.split()
    form = [] if "--format" in options else ["--format", "table"]
    return width, [*options, *form]


def kept() -> Iterator[tuple[str, str]]:
    """What was read of each view."""
    for part in KEPT.read_text(encoding="utf-8").split("\f")[1:]:
        view, _, text = part.partition("\n")
        yield view, text


def test_a_plan_is_written_as_it_was_read(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "views.net.yaml"
    path.write_text(NETWORK)
    read = dict(kept())
    assert tuple(read) == VIEWS
    for view, text in read.items():
        width, options = words_of(view)
        monkeypatch.setenv("COLUMNS", width)
        assert run("plan", str(path), *options).out == text, view


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "views.net.yaml"
        file.write_text(NETWORK)
        parts = []
        for view in VIEWS:
            width, options = words_of(view)
            command = [sys.executable, "-m", "convcalc", "plan", str(file), *options]
            environment = os.environ | {"COLUMNS": width, "PYTHONUTF8": "1"}
            done = subprocess.run(command, env=environment, capture_output=True, text=True)
            parts.append(f"\f{view}\n{done.stdout}")
    KEPT.write_text("".join(parts), encoding="utf-8")
