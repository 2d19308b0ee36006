"""Figures that others have published, each with its source, and the stacks that reach them.

Where two sources disagree about a network of one name, both layouts are written down and both
figures come out: the difference is in the layout, and the test says which.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"

TABLE = "google-research/receptive_field, RECEPTIVE_FIELD_TABLE.md"
TESTS = "google-research/receptive_field, receptive_field_computation_test.py"
TORCHSCAN = "frgfm/torch-scan, README.md, column RF"


class Figure(NamedTuple):
    """What a source says: the layer, its field, its effective stride and padding if given."""

    layer: str
    size: int | tuple[int, ...]
    stride: int | None = None
    padding: int | None = None


class Published(NamedTuple):
    """A network and the figures that `source` gives for it.

    `network` is a file of examples/configs, a chain in words (then layers are numbers), or the
    data of a whole file.
    """

    name: str
    network: str | dict[str, Any]
    source: str
    figures: list[Figure]


def rows(*figures: tuple[str, int, int | None, int | None]) -> list[Figure]:
    return [Figure(*figure) for figure in figures]


# --- chains ---------------------------------------------------------------------------------

VGG_A = ("224x224 k3 same , max_pool 2 , k3 same , max_pool 2 , k3 same x2 , max_pool 2 , "
         "k3 same x2 , max_pool 2 , k3 same x2 , max_pool 2")  # fmt: skip
VGG_13 = ("224x224 k3 same x2 , max_pool 2 , k3 same x2 , max_pool 2 , k3 same x2 , max_pool 2 , "
          "k3 same x2 , max_pool 2 , k3 same x2 , max_pool 2")  # fmt: skip
VGG_19 = ("224x224 k3 same x2 , max_pool 2 , k3 same x2 , max_pool 2 , k3 same x4 , max_pool 2 , "
          "k3 same x4 , max_pool 2 , k3 same x4 , max_pool 2")  # fmt: skip
ALEXNET_V2 = ("224x224 k11 s4 , max_pool k3 s2 , k5 same , max_pool k3 s2 , k3 same x3 , "
              "max_pool k3 s2 , k5")  # fmt: skip
RCNN = "2d k11 s4 , max_pool k3 s2 , k5 p2 , max_pool k3 s2 , k3 p1 x3 , max_pool k3 s2 , k6"
# The largest branch of every module: two 3x3; modules that shrink the map stride in the second.
INCEPTION_V2 = (
    "{0}x{0} k7 s2 same_upper , max_pool k3 s2 same_upper , k1 , k3 same , "
    "max_pool k3 s2 same_upper , k3 same x4 , k3 same , k3 s2 same_upper , k3 same x8 , "
    "k3 same , k3 s2 same_upper , k3 same x4"
)
MOBILENET_V1 = "{0}x{0} k3 s2 same_upper , " + " , ".join(
    f"k3 s{stride} same_upper" for stride in (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
)
# GoogLeNet as in the paper: the 5x5 branch is the largest; pools of 3 with stride 2.
GOOGLENET = (
    "2d k7 s2 p3 , max_pool k3 s2 , k3 p1 , max_pool k3 s2 , k5 p2 x2 , max_pool k3 s2 , "
    "k5 p2 x5 , max_pool k3 s2 , k5 p2 x2 , avg_pool k7 s1"
)
CPM = "2d k9 , max_pool 2 , k9 , max_pool 2 , k9 , max_pool 2 , k5 , k9 , k1 x2 , k11 x3"
MOBILENET_ENDS = [
    (3, 2, 0, 1), (7, 2, 2, 3), (11, 4, 2, 5), (19, 4, 6, 9), (27, 8, 6, 13), (43, 8, 14, 21),
    (59, 16, 14, 29), (91, 16, 30, 45), (123, 16, 46, 61), (155, 16, 62, 77), (187, 16, 78, 93),
    (219, 16, 94, 109), (251, 32, 94, 125), (315, 32, 126, 157),
]  # fmt: skip
INCEPTION_V2_ENDS = [
    (1, 7, 2, 2, 3), (2, 11, 4, 2, 5), (3, 11, 4, 2, 5), (4, 19, 4, 6, 9), (5, 27, 8, 6, 13),
    (7, 59, 8, 22, 29), (9, 91, 8, 38, 45), (11, 123, 16, 46, 61), (13, 187, 16, 78, 93),
    (15, 251, 16, 110, 125), (17, 315, 16, 142, 157), (19, 379, 16, 174, 189),
    (21, 443, 32, 190, 221), (23, 571, 32, 254, 285), (25, 699, 32, 318, 349),
]  # fmt: skip

CHAINS = [
    Published("vgg_a", VGG_A, TABLE, rows(
        ("1", 3, 1, 1), ("2", 4, 2, 1), ("3", 8, 2, 3), ("4", 10, 4, 3), ("5", 18, 4, 7),
        ("6", 26, 4, 11), ("7", 30, 8, 11), ("8", 46, 8, 19), ("9", 62, 8, 27),
        ("10", 70, 16, 27), ("11", 102, 16, 43), ("12", 134, 16, 59), ("13", 150, 32, 59))),
    Published("vgg11", VGG_A, TORCHSCAN, rows(("13", 150, None, None))),
    Published("vgg13", VGG_13, TORCHSCAN, rows(("15", 156, None, None))),
    Published("vgg19", VGG_19, TORCHSCAN, rows(("21", 268, None, None))),
    Published("alexnet_v2", ALEXNET_V2, TABLE, rows(
        ("1", 11, 4, 0), ("2", 19, 8, 0), ("3", 51, 8, 16), ("5", 99, 16, 32),
        ("6", 131, 16, 48), ("7", 163, 16, 64), ("8", 195, 32, 64))),
    Published("R-CNN pool5", RCNN,
              "Girshick et al., Rich feature hierarchies, 2014: 195 x 195 of 227 x 227 pixels",
              rows(("8", 195, 32, None))),
    Published("FCN-AlexNet", RCNN,
              "Long, Shelhamer, Darrell, Fully Convolutional Networks, 2015, table 1",
              rows(("9", 355, 32, None))),
    Published("FCN-VGG16", "224x224 k3 same x2 , max_pool 2 , k3 same x2 , max_pool 2 , "
              "k3 same x3 , max_pool 2 , k3 same x3 , max_pool 2 , k3 same x3 , max_pool 2 , k7",
              "Long, Shelhamer, Darrell, Fully Convolutional Networks, 2015, table 1",
              rows(("18", 212, 32, 90), ("19", 404, 32, None))),
    # torchvision's has 379: its 5x5 branches are 3x3, and its fourth pool is 2x2.
    Published("FCN-GoogLeNet", GOOGLENET,
              "Long, Shelhamer, Darrell, Fully Convolutional Networks, 2015, table 1",
              rows(("16", 907, 32, None))),
    *(Published(f"inception_v2 at {size}", INCEPTION_V2.format(size), TABLE, [
        Figure(str(layer), field, stride, paddings[place])
        for layer, field, stride, *paddings in INCEPTION_V2_ENDS
    ]) for place, size in enumerate((224, 321))),
    *(Published(f"mobilenet_v1 at {size}", MOBILENET_V1.format(size), TABLE, [
        Figure(str(layer), field, stride, paddings[place])
        for layer, (field, stride, *paddings) in enumerate(MOBILENET_ENDS, 1)
    ]) for place, size in enumerate((224, 321))),
    Published("rectangular kernels", "2d k3x5 s2 , k3x1 s2", TESTS, [Figure("2", (7, 5), 4, 0)]),
    *(Published(f"PatchGAN {n}", "2d " + "k4 s2 p1 , " * n + "k4 p1 x2",
                "phillipi/pix2pix, scripts/receptive_field_sizes.m; Isola et al. 2017, 6.2",
                rows((str(n + 2), size, 2**n, None)))
      for n, size in ((1, 16), (2, 34), (3, 70), (4, 142), (5, 286))),
    Published("context module", "2d k3 d1,1,2,4,8,16,1 same , k1",
              "Yu & Koltun, Multi-Scale Context Aggregation by Dilated Convolutions, 2016, table 1",
              [Figure(str(n), size, 1) for n, size in
               enumerate((3, 5, 9, 17, 33, 65, 67, 67), 1)]),
    Published("DnCNN-S", "2d k3 same x17", "Zhang et al., Beyond a Gaussian Denoiser, 2017, III.B",
              rows(("17", 35, 1, 17))),
    Published("DnCNN-B", "2d k3 same x20", "Zhang et al., Beyond a Gaussian Denoiser, 2017, III.B",
              rows(("20", 41, 1, 20))),
    Published("VDSR", "2d k3 same x20", "Kim, Lee, Lee, Accurate Image Super-Resolution, 2016",
              rows(("20", 41, 1, None))),
    Published("SRCNN 9-1-5", "2d k9 , k1 , k5",
              "Kim, Lee, Lee, Accurate Image Super-Resolution, 2016: 13 x 13 of SRCNN",
              rows(("3", 13, 1, None))),
    Published("ID-CNN, one block", "1d k3 d1,2,4,8 same",
              "Strubell et al., Iterated Dilated Convolutions, 2017: 31 tokens",
              rows(("4", 31, 1, 15))),
    Published("pose machine", CPM, "Wei et al., Convolutional Pose Machines, 2016: 160, then 400",
              rows(("10", 160, 8, None), ("13", 400, 8, None))),
    Published("MS-TCN, one stage", "1d k3 d1,2,4,8,16,32,64,128,256,512 same",
              "Farha & Gall, MS-TCN, 2019: 2^(l + 1) - 1 at layer l of 10",
              [Figure(str(n), 2 ** (n + 1) - 1, 1) for n in range(1, 11)]),
    Published("keras-tcn", "1d k8 d1,1,2,2,4,4,8,8 causal x3",
              "philipperemy/keras-tcn, README: 1 + 2 (K - 1) stacks sum(d), two convolutions each",
              rows(("24", 631, 1, 630))),
    Published("luna model", "2d k3 x2 , max_pool 2 , k3 x2 , max_pool 2",
              "Stevens, Antiga, Viehmann, Deep Learning with PyTorch, 13.5: 6, then 16",
              rows(("3", 6, 2, None), ("6", 16, 4, None))),
    Published("five 3x3", "2d k3 x5", "Luo et al. 2016: n(k - 1) + 1", rows(("5", 11, 1, 0))),
]  # fmt: skip


# --- networks with branches -----------------------------------------------------------------


def slim_resnet(blocks: tuple[int, ...], size: int) -> dict[str, Any]:
    """TF-Slim's ResNet v1: each block strides in its last unit, in the 3x3; v2 is alike."""
    layers: list[dict[str, Any]] = [
        {"conv": {"out": 4, "k": 7, "s": 2, "p": 3}},
        {"max_pool": {"k": 3, "s": 2, "p": "same_upper"}},
    ]
    for number, units in enumerate(blocks, 1):
        for unit in range(1, units + 1):
            stride = 2 if unit == units and number < len(blocks) else 1
            start = f"b{number}_{unit - 1}" if unit > 1 else f"block{number - 1}"
            source = {"from": start} if layers[2:] else {}
            layers += [
                {"conv": {"out": 4, "k": 1}, **source},
                {"conv": {"out": 4, "k": 3, "s": stride, "p": 1}},
                {"conv": {"out": 4, "k": 1}, "name": f"main{number}_{unit}"},
            ]
            name = f"block{number}" if unit == units else f"b{number}_{unit}"
            if stride == 2:
                layers.append({"max_pool": {"k": 1, "s": 2}, "from": start, "name": f"cut{number}"})
                start = f"cut{number}"
            if start == "block0":
                layers[1]["name"] = start
            layers.append({"add": [f"main{number}_{unit}", start], "name": name})
    return {"convcalc": 1, "input": [3, size, size], "layers": layers}


def paper_resnet50() -> dict[str, Any]:
    """He et al.'s ResNet-50: the stride on the first 1x1 of a stage."""
    text = (CONFIGS / "resnet50.net.yaml").read_text(encoding="utf-8")
    moved = text.replace("- conv: {out: =c, k: 1}\n", "- conv: {out: =c, k: 1, s: =s}\n")
    moved = moved.replace("k: 3, s: =s}", "k: 3}")
    moved = moved.replace("receptive_field: 427", "receptive_field: 483")
    assert moved.count("s: =s") == text.count("s: =s")
    return {"text": moved}


def two_paths(kind: str) -> dict[str, Any]:
    """The library's own test networks 1, 2, 6 and 7: 1x1 s4 beside 3x3 s2 and 1x1 s2."""
    window = {"k": 3, "s": 2} | ({"out": 1} if kind == "conv" else {})
    last = {"k": 1, "s": 2} | ({"out": 1} if kind == "conv" else {})
    return {
        "convcalc": 1,
        "input": [1, 31, 31],
        "layers": [
            {"conv": {"out": 1, "k": 1, "s": 4}, "name": "left"},
            {"pad": {"p": [[1, 0], [1, 0]]}, "from": "input"},
            {kind: window},
            {kind: last, "name": "right"},
            {"add": ["left", "right"], "name": "output"},
        ],
    }


def eight() -> dict[str, Any]:
    """The library's test network 8: two more branches behind the first addition."""
    data = two_paths("conv")
    data["input"] = [1, 63, 63]
    data["layers"] += [
        {"conv": {"out": 1, "k": 1, "s": 2}, "name": "l5"},
        {"pad": {"p": [[1, 0], [1, 0]]}, "from": "output"},
        {"conv": {"out": 1, "k": 3, "s": 2}, "name": "l6"},
        {"add": ["l5", "l6"], "name": "last"},
    ]
    return data


def nine() -> dict[str, Any]:
    """The library's test network 9: network 8 with SAME padding at 17 x 17."""
    same = {"out": 1, "p": "same_upper"}
    return {
        "convcalc": 1,
        "input": [1, 17, 17],
        "layers": [
            {"conv": same | {"k": 1, "s": 4}, "name": "l1"},
            {"conv": same | {"k": 3, "s": 2}, "from": "input"},
            {"conv": same | {"k": 1, "s": 2}, "name": "l3"},
            {"add": ["l1", "l3"], "name": "l4"},
            {"conv": same | {"k": 1, "s": 2}, "name": "l5"},
            {"conv": same | {"k": 3, "s": 2}, "from": "l4", "name": "l6"},
            {"add": ["l5", "l6"], "name": "last"},
        ],
    }


INCEPTION_V3 = rows(
    ("cbr_1", 3, 2, 0), ("cbr_2", 7, 2, 0), ("cbr_3", 11, 2, 2), ("max_pool_1", 15, 4, 2),
    ("cbr_4", 15, 4, 2), ("cbr_5", 23, 4, 2), ("max_pool_2", 31, 8, 2), ("a_1.0", 63, 8, 18),
    ("a_1.1", 95, 8, 34), ("a_1.2", 127, 8, 50), ("b_1", 159, 16, 58), ("c_1.0", 351, 16, 154),
    ("c_1.1", 543, 16, 250), ("c_1.2", 735, 16, 346), ("c_1.3", 927, 16, 442),
    ("d_1", 1055, 32, 490), ("e_1", 1183, 32, 554), ("features", 1311, 32, 618),
)  # fmt: skip
SLIM_ENDS = {
    "50": ((3, 4, 6, 3), (35, 99, 291, 483), (15, 47, 143, 239), (17, 49, 145, 241)),
    "101": ((3, 4, 23, 3), (35, 99, 835, 1027), (15, 47, 415, 511), (17, 49, 417, 513)),
    "152": ((3, 8, 36, 3), (35, 163, 1315, 1507), (15, 79, 655, 751), (17, 81, 657, 753)),
    "200": ((3, 24, 36, 3), (35, 419, 1571, 1763), (15, 207, 783, 879), (17, 209, 785, 881)),
}

BRANCHED = [
    Published("inception_v3", "inception_v3", TABLE, INCEPTION_V3),
    *(Published(f"resnet_v1_{depth} at {size}", slim_resnet(blocks, size), TABLE, [
        Figure(f"block{n}", sizes[n - 1], stride, paddings[place][n - 1])
        for n, stride in enumerate((8, 16, 32, 32), 1)
    ]) for depth, (blocks, sizes, *paddings) in SLIM_ENDS.items()
      for place, size in enumerate((224, 321))),
    # One name, two fields: the stride stands on the 3x3 in torchvision, on the 1x1 in the paper.
    Published("ResNet-50, torchvision", "resnet50", "nashory/DeLF-pytorch, issue 15",
              rows(("stage3", 267, 16, 133), ("stage4", 427, 32, 213))),
    Published("ResNet-50, the paper's layout", paper_resnet50(),
              "nashory/DeLF-pytorch, issue 15", rows(("stage4", 483, 32, None))),
    *(Published(f"aligned paths, {kind}", two_paths(kind), TESTS, rows(("output", 3, 4, 1)))
      for kind in ("conv", "max_pool")),
    Published("paths behind paths", eight(), TESTS, rows(("last", 11, 8, 5))),
    Published("paths behind paths, SAME at 17", nine(), TESTS, rows(("last", 11, 8, 5))),
    Published("VGG-16", "vgg16", TABLE, rows(
        ("stage_1.0.conv_relu_1.0", 3, 1, 1), ("stage_1.0", 6, 2, 2),
        ("stage_1.1.conv_relu_1.0", 10, 2, 4), ("stage_1.1", 16, 4, 6),
        ("stage_1.2.conv_relu_1.0", 24, 4, 10), ("stage_1.2.conv_relu_1.1", 32, 4, 14),
        ("stage_1.2", 44, 8, 18), ("stage_1.3.conv_relu_1.0", 60, 8, 26),
        ("stage_1.3.conv_relu_1.1", 76, 8, 34), ("stage_1.3", 100, 16, 42),
        ("features.conv_relu_1.0", 132, 16, 58), ("features.conv_relu_1.1", 164, 16, 74),
        ("features", 212, 32, 90))),
    Published("AlexNet, torchvision", "alexnet", TORCHSCAN, rows(("features", 195, 32, None))),
    Published("PatchGAN", "patchgan70", "Isola et al. 2017: 70 x 70",
              rows(("patches", 70, 8, None))),
    Published("WaveNet stack", "wavenet_stack", "van den Oord et al. 2016, 2.1: 1024 samples",
              rows(("conv_2", 1024, 1, 1023))),
]  # fmt: skip
