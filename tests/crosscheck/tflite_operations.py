"""What LiteRT makes of the small files of `tests.importers.tflite_operations`.

`python -m tests.crosscheck.tflite_operations` records it beside them.
"""

from __future__ import annotations

from ai_edge_litert.interpreter import Interpreter, OpResolverType

from convcalc.arrays.ops import Array
from tests.importers.digits import record
from tests.importers.onnx_cases import Case
from tests.importers.tflite_operations import ALL, RECORDED


def outputs_of(case: Case) -> dict[str, Array]:
    """What comes out, by name."""
    interpreter = Interpreter(
        model_content=case.data,
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    interpreter.allocate_tensors()
    for given in interpreter.get_input_details():
        interpreter.set_tensor(given["index"], case.feeds[given["name"]])
    interpreter.invoke()
    return {
        one["name"]: interpreter.get_tensor(one["index"])
        for one in interpreter.get_output_details()
    }


if __name__ == "__main__":
    opaque = {name for name, case in ALL.items() if case.is_opaque}
    record(RECORDED, {name: outputs_of(case) for name, case in ALL.items()}, opaque)
