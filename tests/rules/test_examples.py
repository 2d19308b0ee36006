"""Good networks are quiet: every finding in the example networks is listed here, and defensible."""

from __future__ import annotations

from pathlib import Path

import pytest

import convcalc
from convcalc.features.check.rules import all_rules
from convcalc.features.check.rules.base import Subject
from convcalc.kinds import find_kind, kind_names
from tests.each import each
from tests.rules.stacks import found
from tests.scaling.growing import calls

CONFIGS = Path(convcalc.__file__).parent.parent / "examples" / "configs"
DEFAULT = [rule for rule in all_rules() if rule.is_default]

# (rule, line): warnings first.
WARNINGS: dict[str, list[tuple[str, int]]] = {
    # torchvision's ASPP pools to one pixel and normalises it: a batch of 1 cannot be trained.
    "deeplabv3_resnet50": [("norm-on-single-value", 18)],
    # 224 - 7 and 224 - 3 are odd: the stem leaves out the last row and column, in torchvision too.
    "squeezenet1_0": [("dropped-border", 23)],
    "squeezenet1_1": [("dropped-border", 23)],
    # The convolutions on either side of the latent maps are separate in the code, too.
    "stable_diffusion_vae": [("linear-after-linear", 53), ("linear-after-linear", 56)],
    # Convolutions of 3 x 3 on the last map, of one pixel.
    "ssd300_vgg16": [("taps-in-padding", 10)],
    # 80 bands are halved without padding; a bias stands before the norm of each convolution module.
    "conformer_s_encoder": [("bias-before-norm", 63), ("dropped-border", 77)],
    # The papers' code has a bias before each norm.
    "crnn": [("bias-before-norm", 29)],
    "pointnet": [("bias-before-norm", 15), ("bias-before-norm", 21)],
    "unet3d": [("bias-before-norm", 18)],
    "vgg16_bn": [("bias-before-norm", 14)],
}
ADVICE: dict[str, list[tuple[str, int]]] = {
    "alexnet": [("large-dense-layer", 26)],
    "deeplabv3_resnet50": [("dropout-before-batch-norm", 48)],
    # The very pools for which FID scores differ between frameworks.
    "inception_v3": [("count-include-pad-differs", 15)],
    "patchgan70": [("even-kernel-shift", 11)],
    "ddpm_cifar10": [("asymmetric-padding", 39)],
    "stable_diffusion_vae": [("asymmetric-padding", 35)],
    # Maps of odd size, which torchvision resizes to each other in the same way.
    "retinanet_r50_fpn": [("nearest-at-a-fraction", 43)],
    "siamese_omniglot": [("large-dense-layer", 24)],
    "vgg16": [("large-dense-layer", 26)],
    "vgg16_bn": [("large-dense-layer", 27)],
}


@each("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.name)
def test_findings_of_an_example(path: Path) -> None:
    name = path.name.removesuffix(".net.yaml")
    by_level: dict[str, list[tuple[str, int]]] = {"error": [], "warning": [], "info": []}
    for problem in found(DEFAULT, path.read_text(encoding="utf-8")):
        assert problem.place is not None
        by_level[problem.level].append((problem.slug, problem.place.line))
    assert by_level == {
        "error": [],
        "warning": WARNINGS.get(name, []),
        "info": ADVICE.get(name, []),
    }


@each("word", sorted(kind_names()))
def test_every_rule_reads_every_kind(word: str) -> None:
    kind = find_kind(word)
    assert kind is not None
    example = (kind.__doc__ or "").split("```yaml\n")[1].split("```")[0]
    text = "\n".join(line.removeprefix("    ") for line in example.splitlines())
    for problem in found(all_rules(), text + "\n"):
        assert problem.level != "error"
        assert problem.place is not None


@each(
    "text",
    [
        pytest.param(
            "input: [3, 4, 4]\nlayers: [{conv: {out: 4, k: 9}}, batch_norm]", id="no plan"
        ),
        pytest.param("input: [3]\nlayers: [{identity: {}, repeat: 0}, relu]", id="an empty series"),
        pytest.param(
            "input: {a: [3, 4, 4], b: [3]}\nlayers: [{mul: [a, b]}, flatten]", id="unequal inputs"
        ),
        pytest.param(
            "input: [3, 8, 8]\nblocks: {u: {layers: [{relu: {}, if: =cin>3}]}}\nlayers: [relu, u]",
            id="a block of nothing",
        ),
        pytest.param(
            "input: [3, 8]\nlayers: [{upsample: 4097}, {conv_transpose: {out: 1, k: 3, s: 4099}},"
            " {conv: {out: 2, k: 3, d: 2}}]",
            id="a field too long to follow",
        ),
    ],
)
def test_every_rule_survives(text: str) -> None:
    for problem in found(all_rules(), f"convcalc: 1\n{text}\n"):
        assert problem.place is not None


@pytest.mark.thorough
def test_rules_are_less_work_than_the_plan() -> None:
    text = (CONFIGS / "resnet50.net.yaml").read_bytes()

    def planned() -> Subject:
        network = convcalc.loads(text)
        return Subject(network, convcalc.plan(network))

    def checked(subject: Subject) -> int:
        return sum(len(list(rule.find(subject))) for rule in DEFAULT)

    checked(planned())
    _, planning = calls(lambda: len(planned().rows))
    subject = planned()
    _, checking = calls(lambda: checked(subject))
    assert checking < planning
