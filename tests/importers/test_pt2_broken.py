"""Archives of PyTorch that are no program, are cut off or ask for too much: and what is said."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import Any

import pytest

import convcalc
from convcalc.core.errors import StackError
from tests.each import each
from tests.importers.planning import plan_of, refused
from tests.importers.pt2_bytes import NET, archive, node, program


def packed(entry: str, size: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr(f"m/{entry}", b" " * size)
    return stream.getvalue()


def without(key: str) -> bytes:
    found = json.loads(json.dumps(NET))
    del found["graph_module"]["graph"][key]
    return archive(found)


@each(
    ("data", "message"),
    [
        pytest.param(archive(b"[" * 1_000_000), "is nested too deep", id="nested deep"),
        pytest.param(archive(b"{"), "is no JSON", id="no JSON"),
        pytest.param(archive([]), "is no mapping", id="a list"),
        pytest.param(archive({}), "`schema_version` is NoneType, not dict", id="nothing"),
        pytest.param(without("nodes"), "`nodes` is NoneType, not list", id="no operations"),
        pytest.param(
            archive(program([], {"x": [1, 3]}, ["x"], {}, major=9)),
            "in version 9 of its schema, of a PyTorch that is newer than this program; 8 is",
            id="a later version",
        ),
        pytest.param(
            packed("models/model.json", 30_000_000),
            "`models/model.json` in the archive has 30,000,000 bytes; no more than 24,000,000",
            id="a zip bomb",
        ),
        pytest.param(
            archive(program([], {"x": [1, -3]}, ["x"], {})), "a size that is", id="a negative size"
        ),
    ],
)
def test_what_is_no_program_is_refused_with_its_reason(data: bytes, message: str) -> None:
    problem = refused(data)
    assert message in problem.message
    assert problem.help
    assert problem.slug in ("broken-model", "file-too-large")


def test_an_archive_that_is_cut_off_is_called_so() -> None:
    assert "zip archive that is cut off" in refused(archive(NET)[:-40]).message


def early(minor: int) -> bytes:
    """The small program as PyTorch 2.5 saved it: no folder, pickled weights, fewer keys."""
    found = json.loads(json.dumps(NET))
    found["schema_version"] = {"major": 8, "minor": minor}
    for one in found["graph_module"]["graph"]["nodes"]:
        del one["name"]
        for given in one["inputs"]:
            del given["kind"]
            if "as_none" in given["arg"]:
                given["arg"] = {"as_none": []}
        stack = one["metadata"].get("nn_module_stack", "")
        one["metadata"]["nn_module_stack"] = re.sub(r",(\w[\w.]*),", r",L['self'].\1,", stack)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as opened:
        opened.writestr("version", f"8.{minor}")
        opened.writestr("serialized_exported_program.json", json.dumps(found))
        opened.writestr("serialized_state_dict.pt", b"PK pickled")
    return stream.getvalue()


def test_archives_of_earlier_versions_are_read_without_their_weights() -> None:
    now, before = plan_of(archive(NET)), plan_of(early(1))
    assert [row.name for row in before] == [row.name for row in now]
    assert before.totals.params == 168 + 30
    assert before.totals.macs == 162 * 16 + 30 * 16
    with pytest.raises(StackError, match="they are pickled, which is not read"):
        convcalc.run(convcalc.loads(early(1), "net.pt2"))


def test_compiled_archives_are_named() -> None:
    compiled = refused(archive(b"", "data/aotinductor/model/model.so"))
    assert "compiled AOTInductor package" in compiled.message


@pytest.mark.parametrize(
    "first",
    [
        pytest.param({"as_int": 10}, id="squares of squares"),
        pytest.param({"as_string": "ab"}, id="copies of a text"),
    ],
)
def test_numbers_that_the_program_works_out_are_bounded(first: dict[str, Any]) -> None:
    """60 squares of 10 have 10^18 digits."""
    squares = [
        {
            "target": "_operator.mul",
            "inputs": [
                {"name": name, "arg": {"as_sym_int": {"as_name": f"n{at}"} if at else first}}
                for name in ("a", "b")
            ],
            "outputs": [{"as_sym_int": {"as_name": f"n{at + 1}"}}],
        }
        for at in range(60)
    ]
    view = node("aten.view", "view", self="%x", size=[1, 6])
    view["inputs"][1]["arg"] = {"as_sym_ints": [{"as_int": 1}, {"as_name": "n60"}]}
    found = program([*squares, view], {"x": [1, 2, 3]}, ["view"], {"view": [1, 6]})
    assert [row.kind for row in plan_of(archive(found))] == ["opaque"]


def test_a_sum_times_a_text_is_refused() -> None:
    text = node("aten.add", "add", self="%x", other=2**31, alpha="ab")
    found = program([text], {"x": [1, 2, 3]}, ["add"], {"add": [1, 2, 3]})
    plan = plan_of(archive(found))
    assert [row.kind for row in plan] == ["opaque"]


def test_a_kernel_that_is_worked_out_and_wider_than_the_map_is_refused() -> None:
    nodes = [
        node("aten.relu", "kernel", self="%k"),
        node("aten.conv1d", "made", input="%x", weight="%kernel"),
    ]
    shapes = {"kernel": [2, 3, 5], "made": [1, 2, 1]}
    found = program(nodes, {"x": [1, 3, 4]}, ["made"], shapes, {"k": ("k", [2, 3, 5])})
    assert refused(archive(found)).note == "kernel 5, but the padded input has only 4"


def test_an_archive_of_two_programs_is_refused() -> None:
    both = archive(NET, more={"models/other.json": b"{}"})
    assert "the archive holds 2 exported programs under `models/`" in refused(both).message
