"""Each operation of ONNX, TFLite, PyTorch and Keras: shapes and numbers as their programs say.

Figures are by hand.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from convcalc import loads
from convcalc import plan as plan_of
from convcalc.kinds.opaque import Opaque
from convcalc.planning import Plan
from tests.each import each
from tests.importers import keras_operations, onnx_operations, pt2_operations, tflite_operations
from tests.importers import onnx_cases_of_attention as attention
from tests.importers import onnx_cases_of_constants as constants
from tests.importers import onnx_cases_of_forms as onnx_forms
from tests.importers import onnx_cases_of_pieces as onnx_pieces
from tests.importers import onnx_cases_of_sizes as onnx_sizes
from tests.importers import pt2_cases_of_pieces as pt2_pieces
from tests.importers.digits import check, recorded
from tests.importers.onnx_cases_of_integers import INTEGERS
from tests.importers.pt2_calls import Call
from tests.importers.pt2_cases_of_forms import FORMS

FORMATS = (keras_operations, onnx_operations, pt2_operations, tflite_operations)
WHY = Path(__file__).with_name("why_opaque.txt")
KERAS, ONNX, PT2, TFLITE = (recorded(one.RECORDED) for one in FORMATS)


SEVERAL = Path(__file__).with_name("several_layers.txt")
# Tables of what is worked out of stored numbers, or stands in pieces, are of several layers.
WITHOUT = {
    *(f"onnx {name}" for one in (constants.WORKED_OUT, constants.LEARNT, constants.QUANTISED,
                                 constants.MUCH, INTEGERS, onnx_pieces.PIECES, attention.SEVERAL,
                                 attention.NEARLY, onnx_forms.ATTENTION,
                                 onnx_sizes.WORKED_OUT) for name in one),
    *(f"pt2 {name}" for name in pt2_pieces.PIECES),
}  # fmt: skip

# The one whose type is asked is an operation of the model, and gives nothing else.
TYPED = "pt2 type_as of truths"


@cache
def several() -> dict[str, str]:
    """The layers of each case that is not one, by its format and name."""
    lines = SEVERAL.read_text(encoding="utf-8").partition("\n\n")[2].splitlines()
    return {case: layers for case, _, layers in (line.rpartition(": ") for line in lines)}


def hold(word: str, name: str, plan: Plan) -> None:
    """A case is one layer, unless the table of others has it, of which each is read."""
    read = {*plan.graph.outputs, *(at for node in plan.graph.nodes for at in node.inputs)}
    unread = [node.name for node in plan.graph.nodes if node.inputs and node.at not in read]
    assert not unread or f"{word} {name}" == TYPED
    kinds = [row.kind for row in plan]
    told = several().get(f"{word} {name}")
    if told is not None:
        assert " ".join(kinds or ["none"]) == told
    elif f"{word} {name}" not in WITHOUT:
        assert len(kinds) == 1


def test_each_file_has_a_record() -> None:
    assert keras_operations.ALL.keys() == KERAS.keys()
    assert onnx_operations.ALL.keys() == ONNX.keys()
    assert pt2_operations.ALL.keys() == PT2.keys()
    assert tflite_operations.ALL.keys() == TFLITE.keys()


@each("name", ONNX)
def test_an_operation_gives_what_onnx_runtime_gives(name: str) -> None:
    hold("onnx", name, check("onnx", onnx_operations.ALL[name], ONNX[name]))


@each("name", TFLITE)
def test_an_operator_gives_what_litert_gives(name: str) -> None:
    hold("tflite", name, check("tflite", tflite_operations.ALL[name], TFLITE[name]))


@each("name", PT2)
def test_a_call_gives_what_pytorch_gives(name: str) -> None:
    case = pt2_operations.ALL[name].case([dims for dims, *_ in PT2[name].values()])
    hold("pt2", name, check("pt2", case, PT2[name]))


# Samples of the states that a recurrence begins with do not stand first.
BEGUN = ("from states that go in", "from a state that goes in")
SAMPLES = {
    name: call
    for name, call in (pt2_operations.AXES | pt2_operations.PRODUCTS | FORMS).items()
    if not call.is_opaque and all(dims[:1] == [1] for dims, *_ in PT2[name].values())
    if not any(word in name for word in BEGUN)
}


@each("name", SAMPLES)
def test_a_call_of_eleven_samples_has_the_figures_of_one(name: str) -> None:
    shapes = [[11, *dims[1:]] for dims, *_ in PT2[name].values()]
    call = SAMPLES[name].of_samples(11)
    plan = plan_of(loads(call.case(shapes).data, "net.pt2"))
    hold("pt2", name, plan)
    assert (plan.totals.params, plan.totals.macs) == (call.params, call.macs)


# Files of maps, whose first axis is that of the samples; a slice of it takes the first of them.
MAPS = {
    name: case
    for name, case in onnx_operations.ALL.items()
    if case.feeds and all(len(x.shape) == 4 for x in case.feeds.values()) and not case.is_opaque
    and all(dims[:1] == [1] for dims, *_ in ONNX[name].values()) and name != "all of the samples"
}  # fmt: skip


@each("name", MAPS)
def test_an_operation_on_eleven_maps_has_the_figures_of_one(name: str) -> None:
    case = MAPS[name]
    assert case.of_samples is not None
    plan = plan_of(loads(case.of_samples(11), "net.onnx"))
    hold("onnx", name, plan)
    assert (plan.totals.params, plan.totals.macs) == (case.params, case.macs)


@each("name", KERAS)
def test_a_layer_gives_what_keras_gives(name: str) -> None:
    hold("keras", name, check("keras", keras_operations.ALL[name], KERAS[name]))


def test_what_no_kind_does_says_why() -> None:
    found = set()
    for files in FORMATS:
        word, wanted = files.__name__.rpartition(".")[2].partition("_")[0], recorded(files.RECORDED)
        for name, one in files.ALL.items():
            if one.is_opaque:
                shapes = [dims for dims, *_ in wanted[name].values()]
                data = one.case(shapes).data if isinstance(one, Call) else one.data
                layers = [node.layer for node in loads(data, f"net.{word}").graph().layers]
                told = [
                    f"{layer.note} ({'?' if layer.macs is None else layer.macs})"
                    for layer in layers
                    if isinstance(layer, Opaque)
                ]
                found.add(f"{word} {name}: {' | '.join(told)}")
    wanted_lines = WHY.read_text(encoding="utf-8").partition("\n\n")[2].splitlines()
    assert found == set(wanted_lines)
