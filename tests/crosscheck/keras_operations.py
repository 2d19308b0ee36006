"""What Keras makes of the small models of `tests.importers.keras_operations`.

`python -m tests.crosscheck.keras_operations` records it beside them.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import keras

from convcalc.arrays.ops import Array
from tests.crosscheck.test_keras_files import size
from tests.importers.digits import record
from tests.importers.keras_operations import ALL, RECORDED
from tests.importers.onnx_cases import Case


def outputs_of(case: Case) -> dict[str, Array]:
    """What comes out, by name."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "net.keras"
        path.write_bytes(case.data)
        model = keras.saving.load_model(path, compile=False)
    assert size(model.trainable_weights) == case.params
    given = [case.feeds[one.name] for one in model.inputs]
    found = keras.tree.flatten(model(given if len(given) > 1 else given[0]))
    # Its one output is called after its layer here.
    return {"y": keras.ops.convert_to_numpy(found[0])}


if __name__ == "__main__":
    opaque = {name for name, case in ALL.items() if case.is_opaque}
    record(RECORDED, {name: outputs_of(case) for name, case in ALL.items()}, opaque)
