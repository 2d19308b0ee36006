"""SVG and HTML: well-formed, self-contained, the same bytes again, whatever names say."""

import re
import xml.etree.ElementTree as ET

import pytest

from convcalc.features.rf.drawing import field_picture
from convcalc.report.drawing import Picture, Table, Theme, format_of, render
from convcalc.report.drawing.canvas import (
    Area,
    Box,
    Cells,
    Dot,
    Hatch,
    Path,
    Rect,
    Shape,
    Spot,
    Text,
    line,
)
from convcalc.report.drawing.motion import Motion
from convcalc.report.drawing.palette import palette
from tests.drawing.pictures import collisions, hostile_report, report_of
from tests.each import each

SVG = "{http://www.w3.org/2000/svg}"
NAMES = [
    pytest.param("<script>alert(1)</script>", id="markup"),
    pytest.param("a & b &amp; c", id="ampersands"),
    pytest.param("\"double\" and 'single'", id="quotes"),
    pytest.param("]]> --> ?> <!--", id="ends of other things"),
    pytest.param("nul\x00 escape\x1b[31m bell\x07", id="control characters"),
    pytest.param("right\u202eto left\u2066", id="overrides of the direction"),
    pytest.param("lone \ud800 surrogate, \ufffe none", id="no characters"),
    pytest.param("javascript:alert(1) url(x)", id="addresses"),
    pytest.param("n" * 5000, id="very long"),
    pytest.param("é漢字🎉", id="beyond ASCII"),
]


def _everything(name: str) -> Picture:
    box = Box(10, 10, 30, 20)
    shapes: tuple[Shape, ...] = (
        Rect(box, "input", "ink", 2, 0.5, dash=True, title=name),
        Path((Spot(0, 0), Spot(5, 5)), "accent-1", title=name),
        Area((Spot(0, 0), Spot(5, 0), Spot(5, 5)), "accent-2", 0.3, title=name),
        Dot(Spot(3, 3), 2, title=name),
        Text(5, 50, name, title=f"{name}{name}"),
        Hatch(box, title=name),
        Cells(box, (bytes([0, 1, 1]), bytes([2, 0, 24])), title=name),
        line(0, 0, 3, 4, title=name),
    )
    table = Table(name, (name, "b"), ((name, "1"), ("c", name)))
    return Picture(name, f"about {name}", 100, 60, shapes, (table,))


@each("theme", ["auto", "light", "dark"])
@each("name", NAMES)
def test_any_name_stays_text(name: str, theme: Theme) -> None:
    data = render(_everything(name), "svg", theme)
    root = ET.fromstring(data)
    known = {"svg", "title", "desc", "style", "rect", "polyline", "polygon", "circle", "text"}
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= known | {"path", "g"}
    # Bidirectional overrides and controls are written out, so the file shows what it holds.
    assert data.decode().replace("\n", "").isprintable()
    titles = [element.text for element in root.iter(f"{SVG}title")]
    assert len(titles) == 1 + 8


@each("name", NAMES)
def test_any_name_stays_text_on_the_page(name: str) -> None:
    page = render(_everything(name), "html").decode()
    assert page.replace("\n", "").isprintable()
    tags = set(re.findall(r"<[!/]?([a-zA-Z]+)", page))
    assert "script" not in tags
    assert page.count("<table>") == page.count("</table>") == 1
    # What is left without its void elements and doctype is well-formed, too.
    bare = re.sub(r"<(!DOCTYPE|meta)[^>]*>", "", page)
    root = ET.fromstring(bare)
    cells = [cell.text for cell in root.iter("td")]
    assert len(cells) == 4
    if name.isprintable():
        assert cells[0] == cells[3] == name


@each(
    ("shown", "written"),
    [
        pytest.param("<b>", "&lt;b&gt;", id="markup"),
        pytest.param("a\x1bb", "a\\x1bb", id="a control character"),
        pytest.param("a\u202eb", "a\\u202eb", id="an override"),
    ],
)
def test_how_names_are_written(shown: str, written: str) -> None:
    assert f">{written}<" in render(_everything(shown), "svg").decode()


@pytest.mark.parametrize("format", ["svg", "html"])
def test_nothing_is_remote(format: str) -> None:
    report = report_of("  - {conv: {out: 1, k: 3}, name: a}")
    text = render(field_picture(report), format).decode()
    addresses = re.findall(r"[a-z]+://[^\s\"'<)]*", text)
    assert addresses == (["http://www.w3.org/2000/svg"] if format == "svg" else [])
    for word in ("url(", "@import", "href", "src=", "<script", "<image", "<use", "@font-face"):
        assert word not in text


@pytest.mark.parametrize("format", ["svg", "html", "png"])
def test_the_same_bytes_again(format: str) -> None:
    layers = "  - {conv: {out: 1, k: 3, d: 2}, name: a}\n  - max_pool: 2"
    pictures = [field_picture(report_of(layers), picture="pixels") for _ in range(2)]
    assert render(pictures[0], format) == render(pictures[1], format)


def test_auto_is_light_with_a_style_sheet_for_dark() -> None:
    picture = _everything("a")
    auto, light = (render(picture, "svg", theme).decode() for theme in ("auto", "light"))
    style = re.search(r"<style>\n(.*?)</style>\n", auto, re.DOTALL)
    assert style
    assert auto.replace(style[0], "") == light
    assert "@media (prefers-color-scheme: dark)" in style[1]
    dark = palette("dark")
    rules = dict(re.findall(r"\.([fs]-[a-z0-9-]+) { (?:fill|stroke): (#[0-9a-f]{6}) }", style[1]))
    # Every colour of the picture has its dark one.
    used = {one for classes in re.findall(r'class="([^"]+)"', auto) for one in classes.split()}
    assert rules == {name: dark[name[2:]] for name in used}


def test_dark_has_dark_colours_alone() -> None:
    text = render(_everything("a"), "svg", "dark").decode()
    assert set(re.findall("#[0-9a-f]{6}", text)) <= set(palette("dark").values())
    assert "<style>" not in text


def test_who_cannot_see_it_is_told() -> None:
    root = ET.fromstring(render(_everything("Fields"), "svg"))
    ids = {element.get("id"): element.text for element in root if element.get("id")}
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "title desc"
    assert ids == {"title": "Fields", "desc": "about Fields"}


def test_shapes_in_full() -> None:
    picture = Picture("t", "d", 20, 10, (Rect(Box(1, 2.5, 3, 4.256), fill="ink"),))
    expected = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10" width="20" height="10" '
        'role="img" aria-labelledby="title desc" font-family="\'Helvetica Neue\', Helvetica, '
        "Arial, 'Liberation Sans', 'Segoe UI', Roboto, sans-serif\">\n"
        '<title id="title">t</title>\n<desc id="desc">d</desc>\n'
        '<rect x="0" y="0" width="20" height="10" fill="#ffffff" class="f-surface"/>\n'
        '<rect x="1" y="2.5" width="3" height="4.26" fill="#17202b" class="f-ink"/>\n</svg>\n'
    )
    assert render(picture, "svg", "light").decode() == expected


def test_cells_of_one_level_share_a_path() -> None:
    cells = Cells(Box(0, 0, 30, 20), (bytes([1, 1, 0]), bytes([0, 1, 2])))
    root = ET.fromstring(render(Picture("t", "d", 30, 20, (cells,)), "svg"))
    group = root.find(f"{SVG}g")
    assert group is not None
    assert group.get("transform") == "translate(0,0) scale(10,10)"
    paths = [path.get("d") for path in group]
    assert paths == ["M0 0h2v1h-2zM1 1h1v1h-1z", "M2 1h1v1h-1z"]


@each(
    ("name", "format"),
    [("a.svg", "svg"), ("b.PNG", "png"), ("c.html", "html"), ("d.htm", "html"), ("e.gif", None),
     ("svg", None), ("dir.svg/plain", None)],
)  # fmt: skip
def test_format_of(name: str, format: str | None) -> None:
    assert format_of(name) == format


@pytest.mark.parametrize("shape", [(1, 16), (1, 16, 16), (1, 8, 8, 8)], ids=["1d", "2d", "3d"])
def test_hostile_names_of_a_network(shape: tuple[int, ...]) -> None:
    report = hostile_report("  - conv: {out: 1, k: 3, s: 2, p: 1}\n  - conv: {out: 1, k: 3}", shape)
    picture = field_picture(report)
    text = render(picture, "svg").decode()
    root = ET.fromstring(text)
    title = root.find(f"{SVG}title")
    assert title is not None
    assert (title.text or "").startswith("Receptive fields of <script>alert('1')</script> & \"q\" ")
    assert "\\x07 \\u202e" in (title.text or "")
    page = render(picture, "html").decode()
    assert "<script" not in text + page
    assert (text + page).replace("\n", "").isprintable()
    assert collisions(picture) == []


def test_text_has_the_length_that_the_picture_has_for_it() -> None:
    text = Text(10, 20, "Pixels that one unit uses", 15, bold=True)
    drawn = render(Picture("t", "d", 300, 40, (text,)), "svg").decode()
    shown = next(one for one in drawn.split("\n") if "Pixels" in one)
    (length,) = re.findall(r'textLength="([\d.]+)" lengthAdjust="spacingAndGlyphs"', shown)
    # Wider fonts than Helvetica are squeezed into it, and narrower ones stretched.
    assert 0.9 * text.box.width < float(length) <= text.box.width


@each(("places", "moves"), [
    ([Spot(0, 0), None, None, None], False),
    ([None, None, Spot(0, 0), None], False),
    # Seen once, but elsewhere; seen twice; seen always.
    ([None, Spot(3, 0), None, None], True),
    ([Spot(0, 0), Spot(0, 0), None, None], True),
    ([Spot(0, 0)] * 4, True),
])  # fmt: skip
def test_what_is_seen_for_one_step_shares_its_movement(
    places: list[Spot | None], moves: bool
) -> None:
    """It differs in when it begins alone: so many steps before the picture does."""
    motion = Motion()
    attributes = motion.attributes(places)
    if moves:
        assert attributes == 'class="walk1"'
    else:
        seen = next(at for at, place in enumerate(places) if place)
        word, _, late = attributes.partition('" style="animation-delay:-')
        assert word == 'class="flash4'
        first = motion.attributes([Spot(0, 0), None, None, None]).partition("delay:-")[2]
        share = float(late.removesuffix('s"')) / float(first.removesuffix('s"'))
        assert share == pytest.approx((4 - seen) / 4)
