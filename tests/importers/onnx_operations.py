"""Small ONNX files: each operation, and each way in which its arguments come.

What ONNX Runtime makes of them is recorded in `onnx_operations.json`.
"""

from __future__ import annotations

from pathlib import Path

from tests.importers import (
    onnx_cases_of_attention as attention,
)
from tests.importers import (
    onnx_cases_of_axes as axes,
)
from tests.importers import (
    onnx_cases_of_constants as constants,
)
from tests.importers import (
    onnx_cases_of_forms as forms,
)
from tests.importers import (
    onnx_cases_of_fused as fused,
)
from tests.importers import (
    onnx_cases_of_integers as integers,
)
from tests.importers import (
    onnx_cases_of_limits as limits,
)
from tests.importers import (
    onnx_cases_of_maps as maps,
)
from tests.importers import (
    onnx_cases_of_numbers as numbers,
)
from tests.importers import (
    onnx_cases_of_pieces as pieces,
)
from tests.importers import (
    onnx_cases_of_products as products,
)
from tests.importers import (
    onnx_cases_of_sizes as sizes,
)
from tests.importers import (
    onnx_cases_of_unlike as unlike,
)
from tests.importers.onnx_cases import Case

RECORDED = Path(__file__).parent / "onnx_operations.json"
ALL: dict[str, Case] = {
    **maps.WINDOWS, **maps.BORDERS, **maps.SIZES, **maps.NORMS, **axes.CUTS, **axes.AXES,
    **axes.FIGURES, **axes.SHAPES, **numbers.FUNCTIONS, **numbers.BOTH, **numbers.DECISIONS,
    **constants.WORKED_OUT, **constants.LEARNT, **constants.QUANTISED,
    **integers.INTEGERS, **constants.MUCH, **pieces.PIECES, **products.PRODUCTS,
    **products.SEQUENCES, **products.ATTENTION,
    **attention.ONE, **attention.NEARLY, **attention.CAUSAL, **attention.SEVERAL,
    **forms.FORMS, **fused.FUSED, **sizes.UNEVEN, **limits.LIMITS, **unlike.UNLIKE,
}  # fmt: skip
