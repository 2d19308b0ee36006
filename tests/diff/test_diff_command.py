"""`convcalc diff`: what it writes in each format and width, and with which exit code it ends."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.diff.conftest import Repository
from tests.diff.networks import CONFIGS, NET, SMALL, SMALL_MACS, SMALL_PARAMS, WIDER
from tests.each import each
from tests.report.rendering import MARKDOWN as GITHUB
from tests.report.rendering import Page
from tests.report.reports import commands

# params: 3*3 + 3 of the new layer, and 8 * (72 + 1) more of the wider one. MACs: 9 * 64, and
# 8 * 72 * 16 more. Activations: 8x8x8 before and behind the norm, 2 * 2,048 B. Memory: with
# 4 * (1,408 + 16) B, the norm's 16 running figures among them, and 4 * (2,004 + 16) B.
TEXT = """\
params +42.3 %, MACs +30.4 %, memory +24.3 %; 1 layer added, 1 changed

a.net.yaml → b.net.yaml

                            before      after      change  percent
  ────────────────────────────────────────────────────────────────
  params                     1,408      2,004        +596  +42.3 %
  MACs                      32,256     42,048      +9,792  +30.4 %
  FLOPs                     64,512     84,096     +19,584  +30.4 %
  memory                  9.56 KiB  11.89 KiB   +2.33 KiB  +24.3 %
  activations, peak       4.00 KiB   4.00 KiB           =
  memory to train        27.88 KiB  38.44 KiB  +10.56 KiB  +37.9 %
  local receptive field          5          5           =
  local stride                   2          2           =
  layers                         5          6          +1  +20.0 %
  output                    16x4x4     24x4x4

layer     what              output           params    MACs  RF
───────────────────────────────────────────────────────────────
+ conv_1  conv k1           3x8x8               +12    +576   1
~ conv_3  conv out 16 → 24  16x4x4 → 24x4x4    +584  +9,216   5

1 more layer is written as before; its figures differ: output of 1, bytes of 1 \
(--all shows every layer)
"""


def test_text(run: Run, pair: tuple[str, str]) -> None:
    assert run("diff", *pair) == (0, TEXT, "")


def test_all_layers(run: Run, pair: tuple[str, str]) -> None:
    lines = run("diff", *pair, "--all").out.splitlines()
    assert [line[:8] for line in lines[-6:]] == [
        "+ conv_1", "  stem  ", "  batch_", "  relu_1", "~ conv_3", "  relu_2",
    ]  # fmt: skip


@pytest.mark.parametrize("width", [40, 80, 200])
def test_nothing_is_wider_than_the_terminal(
    run: Run, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    nets = [str(CONFIGS / f"{name}.net.yaml") for name in ("squeezenet1_0", "squeezenet1_1")]
    out = run("diff", *nets, "--format", "table").out
    # A path is one word, and stays whole.
    assert max(len(line) for line in out.splitlines() if ".net.yaml" not in line) <= width
    assert "conv_1" in out
    # No number is cut.
    numbers = set(re.findall(r"[+-][\d,]{4,}", run("diff", *nets).out))
    assert numbers == set(re.findall(r"[+-][\d,]{4,}", out))


def test_a_column_without_room_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    nets = [str(CONFIGS / f"{name}.net.yaml") for name in ("resnet18", "unet")]
    lines = run("diff", *nets, "--format", "table").out.splitlines()
    heads = [line.split() for line in lines]
    assert ["before", "after", "change"] in heads
    assert ["layer", "what", "output", "params", "MACs"] in heads
    hint = "a wider terminal has room, and --format plain has all"
    assert f"left out  percent: {hint}" in lines
    assert f"left out  RF: {hint}" in lines
    whole = run("diff", *nets).out
    assert "percent" in whole
    assert "  RF" in whole
    assert "left out" not in whole


OUTPUTS = """\
convcalc: 1
input: [3, 8, 8]
layers:
  - {conv: {out: 3, k: 3, p: 1}, name: one}
  - {conv: {out: 3, k: 3, p: 1}, name: two}
outputs: [two]
"""


@pytest.mark.parametrize(
    ("now", "names", "line"),
    [
        pytest.param("[one]", ["one"], "output two one", id="another"),
        pytest.param("[two, one]", ["two", "one"], "output 3x8x8 3x8x8, 3x8x8", id="one more"),
    ],
)
def test_other_outputs_are_a_difference(
    run: Run, tmp_path: Path, now: str, names: list[str], line: str
) -> None:
    old, new = tmp_path / "a.net.yaml", tmp_path / "b.net.yaml"
    old.write_text(OUTPUTS)
    new.write_text(OUTPUTS.replace("[two]", now))
    text = run("diff", str(old), str(new)).out
    assert text.startswith("params, MACs and memory as before; other outputs\n")
    assert line in [" ".join(one.split()) for one in text.splitlines()]
    (network,) = json.loads(run("diff", str(old), str(new), "--format", "json").out)["networks"]
    assert (network["same"], network["inputs"], network["layers"]) == (False, None, [])
    assert network["outputs"] == {
        "before": [{"name": "two", "shape": [3, 8, 8]}],
        "after": [{"name": name, "shape": [3, 8, 8]} for name in names],
    }
    # Two 3x3 convolutions see 5 pixels, one sees 3.
    field = network["totals"]["receptive_field"]
    assert (field["before"], field["after"]) == (5, 5 if "two" in names else 3)


def test_another_name_is_the_same_output(run: Run, tmp_path: Path) -> None:
    old, new = tmp_path / "a.net.yaml", tmp_path / "b.net.yaml"
    old.write_text(OUTPUTS)
    new.write_text(OUTPUTS.replace("two", "three"))
    (network,) = json.loads(run("diff", str(old), str(new), "--format", "json").out)["networks"]
    assert (network["outputs"], [one["status"] for one in network["layers"]]) == (None, ["renamed"])


def test_another_input_is_a_difference(run: Run, tmp_path: Path) -> None:
    old, new = tmp_path / "a.net.yaml", tmp_path / "b.net.yaml"
    # The one layer gives 3 numbers of either map, and has neither weights nor MACs.
    text = "convcalc: 1\ninput: [3, 8, 8]\nlayers: [global_max_pool]\n"
    old.write_text(text)
    new.write_text(text.replace("8, 8", "9, 9"))
    (network,) = json.loads(run("diff", str(old), str(new), "--format", "json").out)["networks"]
    assert network["same"] is False
    assert network["inputs"]["after"] == [{"name": "input", "shape": [3, 9, 9]}]


def test_no_difference(run: Run, pair: tuple[str, str]) -> None:
    result = run("diff", pair[0], pair[0], "--fail-on", "params>0")
    assert result.code == 0
    assert result.out == (
        f"no difference: 5 layers, {SMALL_PARAMS:,} params, {SMALL_MACS:,} MACs\n"
        "\na.net.yaml → a.net.yaml\n\n"
        "limit held  `params>0`: 1,408 → 1,408 is no change\n"
    )


BLOCKS = """\
convcalc: 1
input: [4, 8, 8]
blocks:
  pair:
    layers: [conv: {out: 4, k: 1}, sigmoid]
layers:
  - flatten
"""


def test_a_block_that_came_whole_is_one_line(run: Run, tmp_path: Path) -> None:
    old, new = tmp_path / "a.net.yaml", tmp_path / "b.net.yaml"
    old.write_text(BLOCKS.replace("layers: [conv: {out: 4, k: 1}, sigmoid]", "layers: [sigmoid]"))
    new.write_text(BLOCKS.replace("- flatten", "- {pair: {}, name: gate}\n  - flatten"))
    old.write_text(BLOCKS)
    added = run("diff", str(old), str(new)).out
    # 4*4 weights and 4 biases, at 64 positions.
    assert "\n+ gate  pair, 2 layers  4x8x8      +20  +1,024   1\n" in added
    removed = run("diff", str(new), str(old)).out
    assert "\n- gate  pair, 2 layers  4x8x8      -20  -1,024   1\n" in removed
    assert "gate.conv_1" in run("diff", str(old), str(new), "--all").out


@pytest.mark.parametrize(
    ("limits", "code", "said"),
    [
        pytest.param(
            ["params>+42%"],
            1,
            ["limit tripped  `params>+42%`: 1,408 → 2,004 is +596, +42.3 %"],
            id="trips",
        ),
        pytest.param(
            ["params>+43%"],
            0,
            ["limit held  `params>+43%`: 1,408 → 2,004 is +596, +42.3 %"],
            id="holds",
        ),
        pytest.param(
            ["params>+43%", "layers>0"],
            1,
            [
                "limit held     `params>+43%`: 1,408 → 2,004 is +596, +42.3 %",
                "limit tripped  `layers>0`: 5 → 6 is +1, +20.0 %",
            ],
            id="one of two",
        ),
    ],
)
@pytest.mark.parametrize("format", ["plain", "markdown", "json"])
def test_limits(
    run: Run, pair: tuple[str, str], limits: list[str], code: int, said: list[str], format: str
) -> None:
    options = [word for limit in limits for word in ("--fail-on", limit)]
    result = run("diff", *pair, *options, "--format", format)
    assert (result.code, result.err) == (code, "")
    if format == "plain":
        assert result.out.endswith("\n\n" + "".join(f"{line}\n" for line in said))
    elif format == "markdown":
        assert result.out.count("**limit tripped**") == sum("tripped" in line for line in said)
    else:
        found = json.loads(result.out)["networks"][0]["limits"]
        assert [one["tripped"] for one in found] == ["tripped" in line for line in said]


MARKDOWN = """\
### `b.net.yaml`: params +42.3 %, MACs +30.4 %, memory +24.3 %; 1 layer added, 1 changed

- **limit tripped**: `params>+5%`: 1,408 → 2,004 is +596, +42.3 %

Compared with `a.net.yaml`.

|  | before | after | change | percent |
| :--- | ---: | ---: | ---: | ---: |
| params | 1,408 | 2,004 | +596 | +42.3 % |
| MACs | 32,256 | 42,048 | +9,792 | +30.4 % |
| FLOPs | 64,512 | 84,096 | +19,584 | +30.4 % |
| memory | 9.56 KiB | 11.89 KiB | +2.33 KiB | +24.3 % |
| activations, peak | 4.00 KiB | 4.00 KiB | \\= |  |
| memory to train | 27.88 KiB | 38.44 KiB | +10.56 KiB | +37.9 % |
| local receptive field | 5 | 5 | \\= |  |
| local stride | 2 | 2 | \\= |  |
| layers | 5 | 6 | +1 | +20.0 % |
| output | 16x4x4 | 24x4x4 |  |  |

**1 layer changed**

| layer | what | output | params | MACs | RF |
| :--- | :--- | :--- | ---: | ---: | ---: |
| `conv_3` | conv out 16 → 24 | 16x4x4 → 24x4x4 | +584 | +9,216 | 5 |

**1 layer added**

| layer | what | output | params | MACs | RF |
| :--- | :--- | :--- | ---: | ---: | ---: |
| `conv_1` | conv k1 | 3x8x8 | +12 | +576 | 1 |

<details><summary>1 more layer is written as before; its figures differ: output of 1, \
bytes of 1</summary>

| layer | what | output | params | MACs | RF |
| :--- | :--- | :--- | ---: | ---: | ---: |
| `relu_2` | relu | 16x4x4 → 24x4x4 |  |  | 5 |

</details>
"""


def test_markdown(run: Run, pair: tuple[str, str]) -> None:
    out = run("diff", *pair, "--format", "markdown", "--fail-on", "params>+5%").out
    assert out == MARKDOWN
    page = Page()
    page.feed(GITHUB.render(out))
    assert page.tags == {
        "h3", "p", "ul", "li", "strong", "code", "table", "thead", "tbody", "tr", "th", "td",
        "details", "summary",
    }  # fmt: skip


@pytest.mark.thorough
def test_a_long_comparison_fits_into_one_comment(run: Run, tmp_path: Path) -> None:
    rows = "".join(f"  - {{tanh: {{}}, name: layer_of_a_long_name_{at}}}\n" for at in range(2000))
    old, new = tmp_path / "a.net.yaml", tmp_path / "b.net.yaml"
    old.write_text("convcalc: 1\ninput: [4, 8, 8]\nlayers:\n  - flatten\n")
    new.write_text(f"convcalc: 1\ninput: [4, 8, 8]\nlayers:\n{rows}  - flatten\n")
    out = run("diff", str(old), str(new), "--format", "markdown").out
    assert len(out) < 65_536
    told = out.count("| `layer_of")
    assert f"\nand {2000 - told:,} more, too many for one comment\n" in out


def test_json(run: Run, pair: tuple[str, str]) -> None:
    data = json.loads(run("diff", *pair, "--format", "json").out)
    assert (data["version"], data["problems"]) == (1, [])
    (network,) = data["networks"]
    assert (network["before"], network["after"], network["same"]) == (*pair, False)
    assert network["totals"]["params"] == {
        "before": 1408, "after": 2004, "delta": 596, "percent": round(59600 / 1408, 6),
    }  # fmt: skip
    assert network["totals"]["stride"] == {"before": 2, "after": 2, "delta": 0, "percent": 0.0}
    layers = {layer["name"]: layer for layer in network["layers"]}
    assert {name: layer["status"] for name, layer in layers.items()} == {
        "conv_1": "added", "conv_3": "changed", "relu_2": "affected",
    }  # fmt: skip
    assert layers["conv_1"]["before"] is None
    assert layers["conv_3"]["fields"] == [{"name": "out_channels", "before": 16, "after": 24}]
    assert layers["conv_3"]["before"]["output"] == [16, 4, 4]
    assert layers["conv_3"]["after"]["line"] == 9
    assert layers["relu_2"]["differs"] == ["output", "activation_bytes"]
    every = json.loads(run("diff", *pair, "--format", "json", "--all").out)
    assert len(every["networks"][0]["layers"]) == 6


@each(
    ("args", "message"),
    [
        pytest.param(
            ["a.net.yaml"],
            "two files are compared, got 1; give both, or --base REV for a git revision",
            id="one file",
        ),
        pytest.param(
            ["a", "b", "c"],
            "two files are compared, got 3; give both, or --base REV for a git revision",
            id="three files",
        ),
        pytest.param(["-", "-"], "standard input can be read once; name a file", id="stdin twice"),
        pytest.param(
            ["a", "b", "--fail-on", "parms>5%"],
            "--fail-on: `parms>5%`: there is no figure `parms`; did you mean `params`?",
            id="a limit",
        ),
        pytest.param(
            ["a", "b", "--format", "markdwn"],
            "--format: there is no `markdwn`; did you mean `markdown`?",
            id="a format",
        ),
    ],
)
def test_usage_errors(run: Run, args: list[str], message: str) -> None:
    words = f"Invalid value for {message}" if message.startswith("--") else message
    expected = f"error: {words}\nhelp: convcalc diff --help\n"
    assert run("diff", *args) == (2, "", expected)


HOSTILE = (
    "::error::x.net.yaml",
    "##[error]x.net.yaml",
    "\x1b[2J\n::error::.net.yaml",
    "`<img src=x>@me|#1.net.yaml",
    "caf\udce9.net.yaml",
)


@pytest.mark.parametrize("format", ["plain", "markdown", "json"])
def test_names_are_data(run: Run, repository: Repository, format: str) -> None:
    for name in HOSTILE:
        repository.write(name, SMALL)
    repository.commit()
    for name in HOSTILE:
        repository.write(name, WIDER)
    files = [(name, NET) for name in HOSTILE]
    for args in ((".", "--base", "main"), (HOSTILE[0], "--base", "main"), *files):
        result = run("diff", *args, "--format", format)
        assert (result.code, result.err) == (0, "")
        assert commands(result.out) == []
        assert all(char == "\n" or char.isprintable() for char in result.out)
        if format == "markdown":
            page = Page()
            page.feed(GITHUB.render(result.out))
            assert not page.tags & {"img", "a", "script"}
            assert "@me" not in page.text
        if format == "json":
            assert len(json.loads(result.out)["networks"]) == (5 if args[0] == "." else 1)
