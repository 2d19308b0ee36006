"""Pipes as files: read as they are written, refused where nobody writes."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.document import file_bytes
from convcalc.document.file_bytes import read_file

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes among the files")


@pytest.fixture
def pipe(tmp_path: Path) -> str:
    path = str(tmp_path / "pipe")
    os.mkfifo(path)
    return path


def test_without_a_writer_it_is_refused_soon(pipe: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_bytes, "WRITER_SECONDS", 0)
    with pytest.raises(StackError) as caught:
        read_file(pipe)
    (problem,) = caught.value.problems
    assert (problem.slug, problem.message) == (
        "unreadable-file",
        "it is a pipe that nobody wrote to for 0 seconds",
    )
    assert problem.help == "give a file, or - for standard input"


def test_a_writer_that_comes_later_is_waited_for(pipe: str) -> None:
    def write() -> None:
        time.sleep(0.2)
        Path(pipe).write_bytes(b"convcalc: 1")

    thread = threading.Thread(target=write)
    thread.start()
    assert read_file(pipe) == b"convcalc: 1"
    thread.join()


@pytest.mark.parametrize("pause", [0.0, 0.2], ids=["at once", "after a while"])
def test_what_is_written_is_read_whole(pipe: str, pause: float) -> None:
    # Longer than a pipe holds, so that the writer has to wait for the reader.
    text = b"convcalc: 1\n" * 20_000
    # The reading end is held open, so that the writer can open its own before anybody reads.
    held = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(pipe, os.O_WRONLY)

    def write() -> None:
        time.sleep(pause)
        with open(writer, "wb") as stream:
            stream.write(text)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        assert read_file(pipe) == text
    finally:
        os.close(held)
        thread.join()


def test_a_model_in_a_pipe_is_read_from_it_alone(pipe: str) -> None:
    model = (Path(__file__).parents[2] / "examples" / "models" / "digits.tflite").read_bytes()
    thread = threading.Thread(target=lambda: Path(pipe).write_bytes(model))
    thread.start()
    network = convcalc.load(pipe)
    thread.join()
    assert (
        convcalc.plan(network).totals.params == convcalc.plan(convcalc.loads(model)).totals.params
    )
