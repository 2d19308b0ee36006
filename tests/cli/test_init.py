"""`convcalc init`: templates, and never a file lost."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import convcalc
from tests.each import each

Run = Callable[..., Any]

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_words_it_writes_lenet(run: Run, folder: Path) -> None:
    result = run("init")
    assert result == (
        0,
        "wrote lenet5.net.yaml (LeNet-5)\nnext: convcalc plan lenet5.net.yaml\n",
        "",
    )
    assert [file.name for file in folder.iterdir()] == ["lenet5.net.yaml"]
    # 61,706 in LeCun et al. 1998 with full connections, worked out in tests/examples.
    assert convcalc.plan(convcalc.load("lenet5.net.yaml")).totals.params == 61706


@pytest.mark.parametrize(
    ("args", "written"),
    [
        pytest.param(["resnet18"], "resnet18.net.yaml", id="the name of a template"),
        pytest.param(["resnet18.net.yaml"], "resnet18.net.yaml", id="the file of a template"),
        pytest.param(["nets/resnet18"], "nets/resnet18.net.yaml", id="in a folder"),
        pytest.param(["resnet18", "-o", "nets/a.net.yaml"], "nets/a.net.yaml", id="to a file"),
        pytest.param(["--template", "resnet18", "--output", "nets"], "nets/resnet18.net.yaml",
                     id="to a folder"),
        pytest.param(["--template", "resnet18", "lenet5.net.yaml"], "lenet5.net.yaml",
                     id="a template that is asked for goes first"),
    ],
)  # fmt: skip
def test_a_template_is_what_its_name_says(
    run: Run, folder: Path, args: list[str], written: str
) -> None:
    (folder / "nets").mkdir()
    assert run("init", *args) == (
        0,
        f"wrote {written} (ResNet-18)\nnext: convcalc plan {written}\n",
        "",
    )
    # torchvision's ResNet18_Weights.
    assert convcalc.plan(convcalc.load(folder / written)).totals.params == 11689512


def test_the_schema_line_of_the_project_is_left_behind(run: Run) -> None:
    assert "yaml-language-server" in (CONFIGS / "resnet18.net.yaml").read_text("utf-8")
    result = run("init", "--template", "resnet18", "-")
    assert result.code == 0
    assert "yaml-language-server" not in result.out
    assert convcalc.plan(convcalc.loads(result.out)).totals.params == 11689512


def test_list_names_every_example(run: Run) -> None:
    result = run("init", "--list")
    names = [line.split()[0] for line in result.out.splitlines()]
    assert names == sorted(file.name.split(".")[0] for file in CONFIGS.glob("*.net.yaml"))
    assert ["resnet18", "ResNet-18"] in [line.split() for line in result.out.splitlines()]


def test_an_existing_file_is_kept(run: Run, folder: Path) -> None:
    (folder / "lenet5.net.yaml").write_text("mine")
    result = run("init")
    assert result == (2, "", "error: lenet5.net.yaml exists\nhelp: --force overwrites it\n")
    assert (folder / "lenet5.net.yaml").read_text() == "mine"
    assert run("init", "--force").code == 0
    assert (folder / "lenet5.net.yaml").read_text() != "mine"


def test_a_folder_takes_the_usual_name(run: Run, folder: Path) -> None:
    (folder / "nets").mkdir()
    assert run("init", "nets", "--template", "vgg16").code == 0
    assert (folder / "nets" / "vgg16.net.yaml").exists()


@each(
    ("args", "message"),
    [
        pytest.param(
            ["nowhere/x.net.yaml"],
            "error: nowhere/x.net.yaml cannot be written: no such file or directory\n",
            id="missing folder",
        ),
        pytest.param(
            ["a" * 300],
            f"error: {'a' * 300} cannot be written: file name too long\n",
            id="a name that is too long",
        ),
        pytest.param(
            ["a.net.yaml", "-o", "b.net.yaml"],
            "error: PATH and --output both name the file to write; give one of them\n"
            "help: convcalc init --help\n",
            id="two files",
        ),
        pytest.param(
            ["--template", "renset18"],
            "error: Invalid value for --template: there is no `renset18`; "
            "did you mean `resnet18`?\nhelp: convcalc init --help\n",
            id="unknown template",
        ),
    ],
)
def test_what_cannot_be_written(run: Run, args: list[str], message: str) -> None:
    assert run("init", *args) == (2, "", message)


def test_a_device_is_written_and_not_replaced(run: Run, folder: Path) -> None:
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert run("init", "pipe", "--force").code == 0
        assert os.read(reader, 100).startswith(b"# LeNet-5\n")
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_a_link_is_followed(run: Run, folder: Path) -> None:
    (folder / "mine.net.yaml").write_text("mine")
    (folder / "link.net.yaml").symlink_to("mine.net.yaml")
    assert run("init", "link.net.yaml", "--force").code == 0
    assert (folder / "link.net.yaml").is_symlink()
    assert (folder / "mine.net.yaml").read_text().startswith("# LeNet-5\n")


def test_a_long_name_is_written(run: Run, folder: Path) -> None:
    # The longest that a folder takes; the file beside it must not be longer.
    assert run("init", "a" * 255).code == 0
    assert [len(file.name) for file in folder.iterdir()] == [255]
