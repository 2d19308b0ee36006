"""The page in a browser: clicks, keys, sorting, search, no complaint, and no name that acts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import convcalc
from convcalc.features.report.web_page import Contents, web_page
from tests.drawing.pictures import hostile_plan
from tests.page.browser import EXECUTABLE, MISSING, Browser, browser

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(EXECUTABLE is None, reason=MISSING),
]
CONFIGS = Path(__file__).parents[2] / "examples" / "configs"
NAMES = "[...document.querySelectorAll('#body tr')].map(row => row.querySelector('th').title)"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    for name in ("lenet5", "resnet50"):
        plan = convcalc.plan(convcalc.load(str(CONFIGS / f"{name}.net.yaml")))
        (folder / f"{name}.html").write_text(web_page(Contents.of(plan, ())))
    (folder / "hostile.html").write_text(web_page(Contents.of(hostile_plan(), ())))
    layers = "\n".join(f"  - conv: {{out: {at % 7 + 1}, k: 1}}" for at in range(2000))
    long = convcalc.loads(f"convcalc: 1\nname: long\ninput: [1, 16]\nlayers:\n{layers}")
    (folder / "long.html").write_text(web_page(Contents.of(convcalc.plan(long), ())))
    return folder


@pytest.fixture
def page(chromium: Browser, pages: Path) -> Iterator[Browser]:
    """ResNet-50 in a wide window; nothing on it may complain, and nothing may be loaded."""
    chromium.media()
    chromium.open(pages / "resnet50.html")
    yield chromium
    assert chromium.complaints == []
    assert [one for one in chromium.requests if not one.startswith("file:")] == []


def text(page: Browser, selector: str) -> str:
    found: str = page.run(f"document.querySelector({selector!r}).textContent")
    return found


def names(page: Browser) -> list[str]:
    found: list[str] = page.run(NAMES)
    return found


TOP = [
    "stem", "batch_norm_1", "relu_1", "max_pool_1", "stage1", "stage2", "stage3", "stage4",
    "global_avg_pool_1", "linear_1",
]  # fmt: skip


def test_blocks_are_folded_and_open_by_clicks_and_keys(page: Browser) -> None:
    assert names(page) == TOP
    page.click('tr[data-block="0"] th')
    assert names(page)[5:8] == [f"stage1.bottleneck_{name}" for name in ("1", "2.0", "2.1")]
    page.click('tr[data-block="0"] th')
    assert names(page) == TOP
    page.run("document.querySelector('#body tr').focus()")
    page.press("ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowDown")
    assert page.run("document.activeElement.querySelector('th').title") == "stage1.bottleneck_1"
    page.press("ArrowRight", "ArrowDown")
    assert text(page, "#field-name") == "stage1.bottleneck_1.conv_1"
    page.press("ArrowUp", "ArrowLeft", "End")
    assert page.run("document.activeElement.querySelector('th').title") == "linear_1"
    page.click("#open")
    page.wait("document.querySelectorAll('#body tr').length === 174 + 20")
    page.click("#fold")
    assert names(page) == TOP


def test_columns_sort_downwards_upwards_and_not(page: Browser) -> None:
    page.click('[data-sort="params"]')
    # The last layer: 2048 1000 + 1000; then 3 3 512 512 three times.
    assert names(page)[0] == "stage4.bottleneck_1.conv_2"
    assert page.run("document.querySelector('th[aria-sort=descending]').textContent") == "params ▾"
    shown = page.run(
        "[...document.querySelectorAll('#body tr td:nth-child(5)')].map(one => one.textContent)"
    )
    numbers = [int(number.replace(",", "")) for number in shown]
    assert numbers[:4] == [2_359_296] * 3 + [2_097_152]
    assert numbers == sorted(numbers, reverse=True)
    page.click('[data-sort="params"]')
    assert page.run("document.querySelector('#body td:nth-child(5)').textContent") == "0"
    page.click('[data-sort="params"]')
    assert names(page) == TOP


def test_search_and_kinds_narrow_the_table(page: Browser) -> None:
    page.press("/")
    page.press(*"STAGE2 k3")
    # One 3x3 convolution in each of four bottlenecks: 128 128 9 each.
    page.wait("document.querySelectorAll('#body tr').length === 4")
    assert names(page)[0] == "stage2.bottleneck_1.conv_2"
    assert text(page, "#status").startswith("4 of 174 layers: 589.82 K params (2.3 %), 462.42 M")
    page.run(
        "(() => { const kind = document.getElementById('kind'); kind.value = 'add';"
        "kind.dispatchEvent(new Event('change')) })()"
    )
    page.wait("!document.getElementById('none').hidden")
    assert names(page) == []


def test_columns_can_be_chosen(page: Browser) -> None:
    page.click("summary")
    page.click('[data-column="bytes"]')
    page.click('[data-column="kind"]')
    heads = page.run("[...document.querySelectorAll('#head th')].map(one => one.textContent)")
    assert heads == ["layer", "fields", "output", "params", "MACs", "MACs %", "bytes", "field"]


def test_the_field_of_the_layer_under_the_pointer(page: Browser) -> None:
    page.point('tr[data-at="0"] th')
    # 7 wide, stride 2, from -3 on: unit 55 begins at 107.
    assert text(page, "#field-said") == (
        "Unit 55, 55 sees 7 x 7 of 224 x 224 pixels: rows 107..113, columns 107..113; stride 2 x 2."
    )
    box = page.run(
        "['x', 'y', 'width', 'height'].map(key => document.querySelector('.seen')"
        ".getAttribute(key))"
    )
    assert box == ["107", "107", "7", "7"]
    page.point('tr[data-at="173"] th')
    assert text(page, "#field-said") == "Every unit sees the whole input, 224 x 224."
    page.press("Escape")
    assert page.run("document.getElementById('field').hidden")


def test_where_it_lies_follows_what_is_asked(page: Browser) -> None:
    first = "document.querySelector('#heaviest .who').textContent"
    assert page.run(first) == "stem"
    page.click('input[value="params"]')
    assert page.run(first) == "stage4.bottleneck_1.conv_2"
    assert "2.36 M · 9.2 %" in text(page, "#heaviest")
    stages = page.run("[...document.querySelectorAll('#stages .who')].map(one => one.textContent)")
    # Pools and activations have none.
    assert stages == ["stem", "batch_norm_1", "stage1", "stage2", "stage3", "stage4", "linear_1"]
    page.run("document.getElementById('strip').focus()")
    page.press("Home", "ArrowRight")
    assert text(page, "#field-name") == "batch_norm_1"
    page.press("Enter")
    assert page.run("document.activeElement.dataset.at") == "1"


def test_a_node_of_the_graph_leads_to_its_layer(page: Browser) -> None:
    page.click('.node[data-at="173"]')
    assert page.run("document.activeElement.dataset.at") == "173"
    page.run("document.querySelector('.node[data-at=\"13\"]').focus()")
    page.press("Enter")
    assert text(page, "#field-name").startswith("stage1.bottleneck_1.")
    assert page.run("document.activeElement.closest('#body') !== null")


def test_the_graph_grows_and_shrinks(page: Browser) -> None:
    wide = "Number(document.querySelector('#drawing svg').getAttribute('width'))"
    before = page.run(wide)
    page.click("#closer")
    assert page.run(wide) == pytest.approx(1.25 * before)
    page.click("#fit")
    assert page.run(f"{wide} <= document.getElementById('drawing').clientWidth")


@pytest.mark.parametrize("width", [360, 800, 1440])
def test_nothing_is_wider_than_the_window(chromium: Browser, pages: Path, width: int) -> None:
    chromium.open(pages / "resnet50.html", width, 800)
    assert chromium.run("document.documentElement.scrollWidth") <= width
    assert chromium.complaints == []


@pytest.mark.parametrize(
    ("scheme", "clicks", "surface"),
    [
        pytest.param("light", 0, "rgb(255, 255, 255)", id="as the reader prefers, light"),
        pytest.param("dark", 0, "rgb(18, 23, 30)", id="as the reader prefers, dark"),
        pytest.param("dark", 1, "rgb(255, 255, 255)", id="light, as was clicked"),
        pytest.param("light", 2, "rgb(18, 23, 30)", id="dark, as was clicked"),
    ],
)
def test_light_and_dark(page: Browser, scheme: str, clicks: int, surface: str) -> None:
    page.media(scheme=scheme)
    for _ in range(clicks):
        page.click("#theme")
    assert page.run("getComputedStyle(document.body).backgroundColor") == surface
    drawn = "getComputedStyle(document.querySelector('#drawing .f-surface')).fill"
    assert page.run(drawn) == surface


def test_on_paper_there_is_everything_and_it_is_light(page: Browser, tmp_path: Path) -> None:
    page.click("#open")
    page.media("print", scheme="dark")
    assert page.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.run("getComputedStyle(document.querySelector('nav')).display") == "none"
    page.printed(tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
    assert page.run("document.querySelectorAll('#body tr').length") == 194


def test_two_thousand_layers_stay_smooth(chromium: Browser, pages: Path) -> None:
    chromium.open(pages / "long.html")
    chromium.wait("document.querySelectorAll('#body tr').length === 2000")
    # What a click waits for: the first lines; the rest comes while nobody waits.
    shown = chromium.run(
        "(() => { document.querySelector('[data-sort=\"params\"]').click();"
        "return document.querySelectorAll('#body tr').length })()"
    )
    assert shown == 250
    chromium.wait("document.querySelectorAll('#body tr').length === 2000")
    assert chromium.complaints == []


def test_names_with_markup_are_shown_and_do_nothing(chromium: Browser, pages: Path) -> None:
    chromium.open(pages / "hostile.html")
    chromium.run("window.alert = () => { window.wasCalled = true }")
    chromium.click("#open")
    assert "<script>alert('1')</script> & \"q\" \\x07 \\u202e" in names(chromium)[0]
    for at in range(3):
        chromium.point(f'tr[data-at="{at}"] th')
        assert "<script>" in text(chromium, "#field-name")
    time.sleep(0.05)
    assert chromium.run("window.wasCalled") is None
    assert chromium.run("document.scripts.length") == 2
    assert chromium.complaints == []


def test_what_is_smuggled_into_the_page_does_not_run(chromium: Browser, pages: Path) -> None:
    chromium.open(pages / "lenet5.html")
    chromium.run(
        "document.body.append(Object.assign(document.createElement('script'),"
        "{textContent: 'window.wasRun = true'}))"
    )
    assert chromium.run("window.wasRun") is None
    chromium.wait("true")
    assert any("Content Security Policy" in one for one in chromium.complaints)
