"""The page of a network as a file: what its script is told, and that it can do no harm."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.features.report.page_data import page_data, safe_json
from convcalc.features.report.web_page import MOST_NODES, Contents, web_page
from convcalc.report.found import Finding
from tests.drawing.pictures import HOSTILE, hostile_plan
from tests.each import each
from tests.importers.onnx_bytes import model, node

Run = Callable[..., Any]
CONFIGS = Path(__file__).parents[2] / "examples" / "configs"


def plan(text: str, **changes: Any) -> convcalc.Plan:
    return convcalc.plan(convcalc.loads(text), **changes)


def example(name: str) -> convcalc.Plan:
    return convcalc.plan(convcalc.load(str(CONFIGS / f"{name}.net.yaml")))


def data_of(planned: convcalc.Plan) -> dict[str, Any]:
    contents = Contents.of(planned, ())
    return page_data(planned, contents.outline, contents.sketch)


def data_in(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


class Elements(HTMLParser):
    """The elements of a page with their attributes, and the text outside of scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside = tag

    def handle_data(self, data: str) -> None:
        if self.inside not in ("script", "style"):
            self.texts.append(data)


def test_rows_are_those_of_the_plan() -> None:
    # LeNet's first convolution: 6 (25 + 1) params, 6 25 28 28 MACs, 6 28 28 floats of 4 bytes;
    # unit 13 in the middle of 28 sees 5 pixels from the 13th on.
    data = data_of(example("lenet5"))
    assert data["rows"][0] == [
        "conv_1", "conv", "k5", "6x28x28", "input", 156, 117600, 18816, "5", "1",
        [{"input": 0, "axes": [[13, 5, 1, 13], [13, 5, 1, 13]]}], {}, "",
    ]  # fmt: skip
    assert len(data["rows"]) == 12
    assert data["totals"]["params"] == 61706
    assert data["groups"] == []


@each(
    ("layers", "view"),
    [
        pytest.param(
            "conv: {out: 2, k: 7, s: 2, p: 3}",
            {"input": 0, "axes": [[11, 7, 2, 7], [11, 7, 2, 7]]},
            id="the unit in the middle: -3 + 7 2",
        ),
        pytest.param(
            "conv: {out: 2, k: 32, p: 8}",
            {"input": 0, "axes": [[0, 32, 1, 8], [0, 32, 1, 8]]},
            id="padding lies before: -8 + 8",
        ),
        pytest.param(
            "upsample: 2",
            {"input": 0, "axes": [[15, 1, 0.5, 31], [15, 1, 0.5, 31]]},
            id="a stride of a half: the last of two that see one pixel",
        ),
        pytest.param(
            "global_avg_pool",
            {"input": 0, "global": True, "axes": [[0, 32, 0, 0], [0, 32, 0, 0]]},
            id="all of it",
        ),
    ],
)
def test_the_field_of_the_unit_in_the_middle(layers: str, view: dict[str, Any]) -> None:
    planned = plan(f"convcalc: 1\nname: net\ninput: [3, 32, 32]\nlayers: [{layers}]")
    assert data_of(planned)["rows"][0][10] == [view]


@pytest.mark.parametrize(
    ("shape", "layers", "axes"),
    [
        pytest.param(
            "[2, 9]", "lstm: 4", [[0, 5, 1, 4]], id="a recurrence sees all that was before"
        ),
        pytest.param(
            "[2, 8, 6]",
            "conv: {out: 2, k: [1, 3], p: [0, 1], s: [2, 1]}, permute: [0, 2, 1]",
            [[2, 1, 2, 1], [1, 3, 1, 2]],
            id="axes that moved keep their units",
        ),
    ],
)
def test_fields_of_other_forms(shape: str, layers: str, axes: list[list[int]]) -> None:
    planned = plan(f"convcalc: 1\nname: net\ninput: {shape}\nlayers: [{layers}]")
    assert data_of(planned)["rows"][-1][10] == [{"input": 0, "axes": axes}]


def test_blocks_have_the_sums_of_their_layers() -> None:
    data = data_of(example("resnet50"))
    total = [0, 0, 0]
    for name, block, depth, first, end, output, *sums, marks in data["groups"]:
        assert marks == {}
        rows = data["rows"][first:end]
        assert sums == [sum(row[at] for row in rows) for at in (5, 6, 7)], name
        assert all(row[0].startswith(f"{name}.") for row in rows)
        assert rows[-1][3] == output
        if depth == 1:
            assert block == "stage"
            total = [a + b for a, b in zip(total, sums, strict=True)]
    # Of torchvision's 25,557,032: 9,536 of the stem and its norm, 2,049,000 of the last layer.
    assert total[0] == 25_557_032 - 9_536 - 2_049_000


def test_what_is_not_known_is_marked() -> None:
    text = (
        "convcalc: 1\nname: net\ninput: [3, 8, 8]\n"
        "blocks: {own: {layers: [{opaque: {output: [3, 8, 8], params: 7, reads: {k: 3, p: 1}}}, "
        "conv: {out: 2, k: 1}]}}\nlayers: [own]"
    )
    planned = plan(text)
    data = data_of(planned)
    assert [row[11] for row in data["rows"]] == [{"params": "7*", "macs": "?"}, {}]
    assert [row[8] for row in data["rows"]] == ["3*", "3"]
    # 3 2 of 8x8 units.
    assert data["groups"][0][6:] == [15, 384, 768 + 512, {"params": "15*", "macs": "≥384"}]
    shown = " ".join(Elements(web_page(Contents.of(planned, ()))).texts)
    assert "at least 384" in shown
    assert data["bounds"] == ["macs"]
    assert "*: as the file declares." in shown


def test_nodes_of_the_graph_name_their_last_layer() -> None:
    data = data_of(example("lenet5"))
    # conv relu, pool, conv relu, pool, flatten, linear relu, linear relu, linear.
    assert [node[4] for node in data["nodes"]] == [1, 2, 4, 5, 6, 8, 10, 11]


def test_counts_that_a_script_would_round_are_text() -> None:
    size = 2**27
    text = f"convcalc: 1\nname: net\ninput: [1, {size}]\nlayers: [conv: {{out: {size}, k: 1}}]"
    row = data_of(plan(text))["rows"][0]
    assert row[6] == str(2**54)
    assert row[5] == 2 * size


def test_json_within_a_script_cannot_end_it() -> None:
    text = safe_json({"a": "</script><!-- <script> & \u2028\u2029"})
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == {"a": "</script><!-- <script> & \u2028\u2029"}


def hostile_page() -> str:
    finding = Finding(
        HOSTILE, 1, 1, 1, "warning", "CC401", "slug", HOSTILE, HOSTILE, HOSTILE, HOSTILE, None
    )
    return web_page(Contents.of(hostile_plan(), (finding,)))


def test_names_are_inert() -> None:
    page = hostile_page()
    elements = Elements(page).elements
    assert [tag for tag, _ in elements].count("script") == 2
    assert not any(key.startswith("on") for _, attributes in elements for key in attributes)
    assert "\u202e" not in page
    assert "\x07" not in page
    row = data_in(page)["rows"][0]
    assert row[0].startswith("<script>alert('1')</script> & \"q\" \\x07 \\u202e")


@pytest.mark.parametrize("name", ["lenet5", "hostile"])
def test_the_policy_lets_in_nothing_but_the_page_itself(name: str) -> None:
    page = hostile_page() if name == "hostile" else web_page(Contents.of(example(name), ()))
    elements = Elements(page).elements
    (policy,) = [
        attributes["content"] or ""
        for tag, attributes in elements
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    for element, rule in (("style", "style-src"), ("script", "script-src")):
        texts = re.findall(rf"<{element}>(.*?)</{element}>", page, re.DOTALL)
        digests = {base64.b64encode(hashlib.sha256(text.encode()).digest()) for text in texts}
        assert rules[rule] == f"'sha256-{digests.pop().decode()}'"
        assert not digests, f"all {element} elements that the policy knows are one"
    addresses = {"src", "action", "data", "poster", "srcset"}
    assert not any(addresses & set(attributes) for _, attributes in elements)
    links = {attributes["href"] or "" for _, attributes in elements if "href" in attributes}
    assert all(link.startswith("#") for link in links)
    assert not any("style" in attributes for _, attributes in elements)


def test_the_page_says_what_the_plan_and_the_check_say() -> None:
    text = (
        "convcalc: 1\nname: net\ninput: [3, 8, 8]\n"
        "layers: [conv: {out: 8, k: 3}, batch_norm]\nexpect: {params: 240}"
    )
    network = convcalc.loads(text)
    found = convcalc.check(network, isolated=True).problems
    shown = " ".join(Elements(web_page(Contents.of(convcalc.plan(network), found))).texts)
    # 3 3 3 8 + 8 and 2 8.
    assert "240" in shown
    assert "Findings (1)" in shown
    assert "! warning CC405 bias-before-norm, line 4" in shown
    assert "the expectation of the file holds" in shown


def test_resnet_152_is_a_page_of_less_than_half_a_megabyte() -> None:
    page = web_page(Contents.of(example("resnet152"), ()))
    assert len(page.encode()) < 500_000
    assert page == web_page(Contents.of(example("resnet152"), ()))


def test_a_graph_of_too_many_boxes_is_left_out() -> None:
    layers = "\n".join(f"  - conv: {{out: {at % 3 + 1}, k: 1}}" for at in range(MOST_NODES))
    page = web_page(
        Contents.of(plan(f"convcalc: 1\nname: net\ninput: [1, 4]\nlayers:\n{layers}"), ())
    )
    assert "The graph has 501 boxes, too many for a picture here." in page
    assert data_in(page)["nodes"] == []


def test_the_command_writes_beside_the_network(run: Run, tmp_path: Path) -> None:
    net = tmp_path / "small.net.yaml"
    net.write_text("convcalc: 1\nname: small\ninput: [1, 8, 8]\nlayers: [relu]\n")
    target = tmp_path / "small.html"
    result = run("report", str(net))
    assert (result.code, result.out, result.err) == (0, f"wrote {target}\n", "")
    assert "<h1>small</h1>" in target.read_text()
    again = run("report", str(net))
    assert (again.code, again.out) == (2, "")
    assert again.err == f"error: {target} exists\nhelp: --force overwrites it\n"
    assert run("report", str(net), "--force").code == 0


def test_the_command_writes_to_a_pipe(run: Run) -> None:
    result = run(
        "report", "-", "--input", "2x4x4", stdin="convcalc: 1\ninput: [1, 8, 8]\nlayers: [relu]"
    )
    assert result.code == 0
    assert data_in(result.out)["inputs"] == [{"name": "input", "shape": [2, 4, 4]}]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(
            ["-o", "net.pdf"],
            "`net.pdf` is no page; name it .html, or write - for a pipe",
            id="PDF",
        ),
        pytest.param(["--depth", "-1"], "--depth", id="a depth below 0"),
    ],
)
def test_words_that_do_not_fit(run: Run, words: list[str], message: str) -> None:
    result = run("report", str(CONFIGS / "lenet5.net.yaml"), *words)
    assert (result.code, result.out) == (2, "")
    assert message in result.err


def test_a_file_that_cannot_be_planned_is_told_as_ever(run: Run, tmp_path: Path) -> None:
    net = tmp_path / "bad.net.yaml"
    net.write_text("convcalc: 1\ninput: [1, 4, 4]\nlayers: [conv: {out: 1, k: 5}]\n")
    result = run("report", str(net))
    assert (result.code, result.out) == (2, "")
    assert "CC101" in result.err
    assert not (tmp_path / "bad.html").exists()


def test_a_model_file_is_planned_and_checked_as_a_model(run: Run, tmp_path: Path) -> None:
    nodes = [
        node("Conv", ["x", "w", "b"], ["a"], "</script>"),
        node("BatchNormalization", ["a", "s", "s", "s", "s"], ["y"], "norm"),
    ]
    stored = {"w": (8, 3, 3, 3), "b": (8,), "s": (8,)}
    file = tmp_path / "model.onnx"
    file.write_bytes(model(nodes, {"x": [1, 3, 8, 8]}, ["y"], stored))
    assert run("report", str(file)).code == 0
    page = (tmp_path / "model.html").read_text()
    row = data_in(page)["rows"][0]
    assert (row[0], row[1], row[5], row[12]) == ("</script>", "conv", 3 * 8 * 9 + 8, "Conv")
    assert "CC405 bias-before-norm" in page
    assert "CC926" not in page


def cards(text: str) -> list[tuple[str, str, str]]:
    """The title, the value and the words of each card."""
    page = web_page(Contents.of(plan(text), ()))
    card = r"<div><dt>(.*?)</dt><dd>(.*?)(?:<small>(.*?)</small>)?</dd></div>"
    return re.findall(card, page)


def test_cards_have_the_totals_and_the_outputs_with_what_they_see() -> None:
    found = cards(
        "convcalc: 1\ninput: [3, 8, 8]\noutputs: [a, b]\nlayers:\n"
        "  - {conv: {out: 8, k: 3}, name: a}\n  - {max_pool: 2, name: b}\n"
    )
    # 8 (3 3 3 + 1) weights, and 8 27 products at each of 6x6 positions.
    assert found[:2] == [("parameters", "224", ""), ("MACs", "7,776", "7,776 = 15,552 FLOPs")]
    assert [title for title, *_ in found[2:4]] == ["memory at inference", "memory in training"]
    assert found[4:] == [
        ("output", "8x6x6", "a sees 3"),
        ("output", "8x3x3", "b sees 4"),
    ]
    # What is learnt sees no input.
    found = cards(
        "convcalc: 1\ninput: [8]\noutputs: [p, sum]\n"
        "layers: [{parameter: [8], name: p}, {add: [p, input], name: sum}]"
    )
    assert found[4:] == [("output", "8", "p"), ("output", "8", "sum sees all")]


def test_four_outputs_have_cards() -> None:
    layers = "".join(
        f"  - {{conv: {{out: {n}, k: 1}}, name: c{n}, from: input}}\n" for n in "12345"
    )
    text = f"convcalc: 1\ninput: [3, 2, 2]\noutputs: [c1, c2, c3, c4, c5]\nlayers:\n{layers}"
    shapes = [shown for title, shown, _ in cards(text) if title == "output"]
    assert shapes == ["1x2x2", "2x2x2", "3x2x2", "4x2x2"]
