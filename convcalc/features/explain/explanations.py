"""What each finding of the front door means, why it matters and what to do.

Every finding of `errors.CODES` has its entry here, and the tests see each `example` give it.
`convcalc explain` prints it, and SARIF carries it to where findings are read; a rule's own page is
its docstring.
"""

from __future__ import annotations

from typing import NamedTuple


class Explanation(NamedTuple):
    """`text` in plain words, and a small file (or its end) that has the finding."""

    text: str
    example: str = ""

    @property
    def summary(self) -> str:
        """The first sentence.

        >>> EXPLANATIONS["too-many-nodes"].summary
        'The file has more than 200,000 values.'
        """
        return self.text.partition(". ")[0].removesuffix(".") + "."


def _net(input: str, *layers: str, more: str = "") -> str:
    listed = "".join(f"  - {layer}\n" for layer in layers)
    return f"convcalc: 1\ninput: {input}\n{more}layers:\n{listed}"


EXPLANATIONS: dict[str, Explanation] = {
    "kernel-exceeds-input": Explanation(
        "The kernel, spread by its dilation to K = d(k - 1) + 1 pixels, is larger than the padded "
        "input, so that there is no position for it. Use a smaller kernel or dilation, more "
        "padding, a larger input, or fewer strides before this layer.",
        _net("[3, 8, 8]", "conv: {out: 8, k: 11}"),
    ),
    "groups-indivisible": Explanation(
        "`groups` splits the channels into equal parts, so it must divide both the input and the "
        "output channels. The finding names the nearest divisors.",
        _net("[3, 8, 8]", "conv: {out: 8, k: 3, g: 2}"),
    ),
    "merge-size-mismatch": Explanation(
        "The inputs of a merge differ where they must not: `add`, `sub`, `mul` and `max` want "
        "equal shapes, `concat` equal sizes on all other axes. The finding names the layer that "
        "lost the pixels; pad there, choose an input size that its strides divide, or crop with "
        "`align: crop`.",
        _net(
            "[4, 9, 9]",
            "{max_pool: 2, name: half}",
            "{conv_transpose: {out: 4, k: 2, s: 2}, name: back}",
            "add: [back, input]",
        ),
    ),
    "output-padding-range": Explanation(
        "`output_padding` tells apart the input sizes that a strided convolution maps to one "
        "output size. There are only so many of them: it must be smaller than the stride or the "
        "dilation, whichever is larger.",
        _net("[8, 4, 4]", "conv_transpose: {out: 8, k: 3, s: 2, a: 2}"),
    ),
    "pool-padding-too-big": Explanation(
        "A pool may be padded by at most half its kernel, otherwise whole windows would lie in "
        "the padding.",
        _net("[8, 8, 8]", "max_pool: {k: 2, p: 2}"),
    ),
    "linear-needs-flatten": Explanation(
        "`linear` takes a vector, but its input still has spatial axes. Put `flatten` before it, "
        "or a global pool; or write `over: channels`, where the layer is meant for the features at "
        "each position, as in a transformer.",
        _net("[8, 4, 4]", "linear: 10"),
    ),
    "padding-word-unfit": Explanation(
        "The padding word does not fit this layer: `half` wants an odd span, `same` stride 1, "
        "`causal` a single axis. With a stride, write `same_upper` (TensorFlow's and ONNX's way) "
        "or `same_lower`.",
        _net("[3, 8, 8]", "conv: {out: 8, k: 3, s: 2, p: same}"),
    ),
    "wrong-rank": Explanation(
        "The layer works on another number of axes than its input has, or a list does not hold "
        "one value for each spatial axis.",
        _net("[3, 8, 8]", "conv: {out: 8, k: [3, 3, 3]}"),
    ),
    "element-count-mismatch": Explanation(
        "`reshape` and `unflatten` keep every number, so the sizes before and after must have "
        "the same product.",
        _net("[4, 4, 4]", "reshape: {shape: [3, 3]}"),
    ),
    "size-out-of-range": Explanation(
        "A size is outside what the layer allows here, such as a crop of more pixels than there "
        "are, or a slice of channels that do not exist.",
        _net("[4, 8, 8]", "crop: 4"),
    ),
    "size-too-large": Explanation(
        "An axis would have more than 2^63 - 1 positions, more than any program can index."
    ),
    "product-mismatch": Explanation(
        "Two maps are multiplied that do not fit each other: the axes that are summed over, or "
        "shared, differ in size. Queries and keys have equal channels, keys and values equal "
        "positions.",
        _net("{q: [64, 10], k: [32, 20], v: [32, 20]}", "scaled_dot_product_attention: [q, k, v]"),
    ),
    "pattern-mismatch": Explanation(
        "The pattern does not fit the shape of its input: it names another number of axes, a "
        "group is no multiple of the sizes given for it, or one name stands for two sizes. Axes "
        "are those of one sample, channels first, without the batch.",
        _net("[64, 8, 9]", '{rearrange: {pattern: "c h (w q) -> (c q) h w", sizes: {q: 2}}}'),
    ),
    "opaque-mismatch": Explanation(
        "An `opaque` layer declares figures that contradict each other: an axis of the output that "
        "its input does not have, or an output of other positions than what it `reads` makes.",
        _net("[64, 32, 32]", "{opaque: {output: [8, 32, 32], reads: {k: 3, s: 2, p: 1}}}"),
    ),
    "weights-mismatch": Explanation(
        "`weights: NAME` lets a layer, or every layer of a block, use the learnt arrays of an "
        "earlier one. Each array that it needs must be there by name and shape: of two `conv`, the "
        "same number of filters, the same kernel, and as many channels at their inputs.",
        _net(
            "[3, 8, 8]",
            "{conv: {out: 4, k: 3}, name: first}",
            "{conv: {out: 4, k: 3}, weights: first}",
        ),
    ),
    "unknown-reference": Explanation(
        "`from` and merges name an earlier layer of the same block or file, `prev` (the layer "
        "before), `in` (the block's input) or `input` (the network's). What is inside a block "
        "cannot be seen from outside: the block's result bears the name of the layer that used it.",
        _net("[3, 8, 8]", "{relu: {}, name: left}", "add: [lefd, prev]"),
    ),
    "duplicate-name": Explanation(
        "Two layers of one list bear the same name, so that it would be unclear which one is "
        "meant. A series by `repeat` or `each` shares a name and gets `.0`, `.1`.",
        _net("[3, 8, 8]", "{relu: {}, name: a}", "{tanh: {}, name: a}"),
    ),
    "recursive-block": Explanation(
        "A block contains itself, directly or through others, and would never end.",
        _net("[3, 8, 8]", "again", more="blocks: {again: {args: [], layers: [relu, again]}}\n"),
    ),
    "too-many-layers": Explanation(
        "`repeat`, `each` and blocks multiply; the file expands to more layers than the limit. "
        "It is counted before anything is built. `--max-layers` raises the limit.",
        _net("[3, 8, 8]", "{relu: {}, repeat: 1000000}"),
    ),
    "empty-network": Explanation(
        "There is no layer to plan: the list is empty, or every layer has an `if` that is false.",
        "convcalc: 1\ninput: [3, 8, 8]\nlayers: []\n",
    ),
    "expected-output": Explanation(
        "The output has another shape than `expect` says. `~` in a place means any size.",
        _net("[3, 8, 8]", "{relu: {}}") + "expect: {output: [3, 9, 9]}\n",
    ),
    "expected-params": Explanation(
        "The learnt numbers are not as many as `expect` says; the finding lists the layers that "
        "have most. Buffers such as running means are no parameters.",
        _net("[3]", "linear: 2") + "expect: {params: 9}\n",
    ),
    "expected-macs": Explanation(
        "The multiply-accumulates of one sample are not as many as `expect` says. One MAC is two "
        "FLOPs: figures called FLOPs in papers are mostly MACs.",
        _net("[3]", "linear: 2") + "expect: {macs: {max: 5}}\n",
    ),
    "expected-memory": Explanation(
        "The peak at inference, parameters included, is not as `expect` says, for one sample in "
        "float32.",
        _net("[3]", "linear: 2") + "expect: {memory: {max: 8B}}\n",
    ),
    "expected-receptive-field": Explanation(
        "The receptive field is not as `expect` says. Where it depends on the position, all of "
        "its sizes must hold.",
        _net("[3, 8, 8]", "conv: {out: 4, k: 3}") + "expect: {receptive_field: 5}\n",
    ),
    "expected-stride": Explanation(
        "The effective stride, in pixels of the input from one unit to the next, is not as "
        "`expect` says.",
        _net("[3, 8, 8]", "max_pool: 2") + "expect: {stride: 4}\n",
    ),
    "budget-params": Explanation(
        "The network has more learnt numbers than `max-params` of a budget in the configuration "
        "allows (or fewer than `min-params`); the finding lists the layers that have most. A "
        "budget speaks of every file that its `files` match, whatever the file itself expects.",
    ),
    "budget-macs": Explanation(
        "The multiply-accumulates of one sample are beyond `max-macs` of a budget in the "
        "configuration, or below `min-macs`. One MAC is two FLOPs.",
    ),
    "budget-memory": Explanation(
        "The peak at inference, parameters included, is beyond `max-memory` of a budget in the "
        "configuration, or below `min-memory`, for one sample in float32.",
    ),
    "budget-activations": Explanation(
        "The activations that are alive at once take more bytes than `max-activations` of a "
        "budget in the configuration allows (or fewer than `min-activations`), for one sample in "
        "float32. Parameters are no part of them.",
    ),
    "budget-layers": Explanation(
        "The network has more layers than `max-layers` of a budget in the configuration allows, "
        "or fewer than `min-layers`. Every row of the plan counts, activations and merges too.",
    ),
    "budget-receptive-field": Explanation(
        "The receptive field of the first output is not within `min-receptive-field` and "
        "`max-receptive-field` of a budget in the configuration. Where it depends on the position "
        "or the axis, all of its sizes must hold.",
    ),
    "budget-stride": Explanation(
        "The effective stride of the first output is not within `min-stride` and `max-stride` of "
        "a budget in the configuration.",
    ),
    "unreadable-file": Explanation(
        "The file does not exist, is a folder, or may not be read. `-` reads standard input."
    ),
    "not-utf8": Explanation(
        "Files are read as UTF-8 and nothing else, so that a name is the same everywhere. Save "
        "the file with that encoding."
    ),
    "file-too-large": Explanation(
        "Files of more than 4 MB are refused. Write repeated layers with `repeat`, `each` and "
        "`blocks`."
    ),
    "yaml-syntax": Explanation(
        "The file is no YAML: a bracket is open, the indentation is uneven, or a sign stands "
        "where YAML gives it another meaning. Quotes turn anything into a word.",
        "convcalc: 1\ninput: [3, 8, 8\nlayers: [relu]\n",
    ),
    "duplicate-key": Explanation(
        "A key is given twice in one mapping. Most readers keep the last silently.",
        _net("[3, 8, 8]", "conv: {out: 8, k: 3, k: 5}"),
    ),
    "anchor-or-alias": Explanation(
        "Anchors (`&`) and aliases (`*`) are refused: a few lines of them can stand for "
        "gigabytes. Write what repeats under `blocks`.",
        _net("[3, 8, 8]", "conv: &stem {out: 8, k: 3}", "conv: *stem"),
    ),
    "merge-key": Explanation(
        "Merge keys (`<<`) are refused: they hide where a value comes from. `defaults` holds what "
        "layers of a kind share.",
        _net("[3, 8, 8]", "conv: {<<: {out: 8}, k: 3}"),
    ),
    "tag": Explanation(
        "Tags (`!!int`) are refused: the type of a value follows from how it is written.",
        _net("[3, 8, 8]", "conv: {out: !!int 8, k: 3}"),
    ),
    "several-documents": Explanation(
        "A file holds one network; what follows `---` would be another one.",
        _net("[3, 8, 8]", "{relu: {}}") + "---\nconvcalc: 1\n",
    ),
    "nesting-too-deep": Explanation(
        "Brackets, lists or blocks stand more than 64 deep in each other. No network needs that, "
        "and parsers crash on it."
    ),
    "too-many-nodes": Explanation(
        "The file has more than 200,000 values. Write repeated layers with `repeat`, `each` and "
        "`blocks`."
    ),
    "control-character": Explanation(
        "The file holds a character that cannot be seen but can hide text, reorder it, or drive "
        "a terminal. Delete it.",
        _net("[3, 8, 8]", "{relu: {}}").replace("convcalc", 'name: "a\\e[31m"\nconvcalc', 1),
    ),
    "ambiguous-scalar": Explanation(
        "YAML 1.1 and 1.2 read this differently, so that an editor and a program would disagree: "
        "`010` is 8 or 10, `1_000` is 1000 or a word. Write the number plainly, or a word in "
        "quotes.",
        _net("[3, 8, 8]", "conv: {out: 010, k: 3}"),
    ),
    "number-too-large": Explanation(
        "A number is beyond what any layer can have. Fields take at most 1,000,000,000.",
        _net("[3, 8, 8]", "conv: {out: 10000000000, k: 3}"),
    ),
    "empty-file": Explanation(
        "There is nothing in the file. A network needs `convcalc: 1`, `input` and `layers`.",
        "# nothing yet\n",
    ),
    "too-much-work": Explanation(
        "The file asks for more steps than any network needs: merges of thousands of inputs, or "
        "blocks with thousands of arguments, used thousands of times. A file may ask for 100 "
        "steps for each layer that `--max-layers` allows; a layer takes 10 or 20, and 3 for each "
        "input, argument or step of an expression. Patterns of receptive fields may list 2,000,000 "
        "units in all: positions that are joined, strides and bins of thousands have a table each.",
        _net(
            "[3, 8, 8]",
            *["{nothing: {}, repeat: 99999}"] * 4,
            more="blocks: {nothing: {layers: [{relu: {}, repeat: 0}, {tanh: {}, repeat: 0}]}}\n",
        ),
    ),
    "wrong-version": Explanation(
        "The file begins with `convcalc: 1`, the version of the format. Another version may mean "
        "something else, so it is not guessed at.",
        "convcalc: 2\ninput: [3, 8, 8]\nlayers: [relu]\n",
    ),
    "unknown-key": Explanation(
        "The key is none of those that may stand here; the finding names the nearest one.",
        _net("[3, 8, 8]", "{relu: {}}").replace("input", "inputs"),
    ),
    "unknown-kind": Explanation(
        "There is no layer kind and no block of this name. `convcalc explain --list` shows all "
        "kinds.",
        _net("[3, 8, 8]", "convv: {out: 8, k: 3}"),
    ),
    "unknown-field": Explanation(
        "The kind has no field of this name. `convcalc explain KIND` shows all of them.",
        _net("[3, 8, 8]", "conv: {out: 8, k: 3, strid: 2}"),
    ),
    "missing-field": Explanation(
        "A field without a default is not given, neither at the layer nor under `defaults`.",
        _net("[3, 8, 8]", "conv: {out: 8}"),
    ),
    "field-given-twice": Explanation(
        "A field is given by its long and its short name, or by two fields of which only one can "
        "hold.",
        _net("[3, 8, 8]", "conv: {out: 8, k: 3, kernel_size: 5}"),
    ),
    "wrong-type": Explanation(
        "The value is of another type than the field takes. Nothing is converted: '3' is a word, "
        "3.0 is no integer, and true is no number.",
        _net("[3, 8, 8]", "conv: {out: '8', k: 3}"),
    ),
    "wrong-value": Explanation(
        "The value is of the right type, but not one that can be: a stride of 0, for instance.",
        _net("[3, 8, 8]", "conv: {out: 8, k: 3, s: 0}"),
    ),
    "bad-name": Explanation(
        "Names begin with a letter and hold letters, digits, `_` and `-`. `prev`, `in` and "
        "`input` mean a place, and a block may not bear the name of a kind.",
        _net("[3, 8, 8]", "{relu: {}, name: 3rd}"),
    ),
    "bad-layer": Explanation(
        "A layer is a word (`relu`), or a mapping with one kind and its fields beside `name`, "
        "`from`, `repeat`, `each`, `if`, `expect` and `note`.",
        _net("[3, 8, 8]", "{conv: {out: 8, k: 3}, relu: {}}"),
    ),
    "bad-expression": Explanation(
        "What follows `=` is no expression, uses a name that is not known there, or cannot be "
        "worked out. It takes integers, + - * // %, comparisons, `and or not`, `min`, `max`, "
        "`ceil_div` and `round_to`.",
        _net("[3, 8, 8]", "conv: {out: =2*, k: 3}"),
    ),
    "foreign-format": Explanation(
        "The file is a model of another program, or holds its weights alone, and is not read "
        "here. Files are known by their first bytes, whatever their names. The repair makes one "
        "of it that is read: an ONNX file."
    ),
    "broken-model": Explanation(
        "The file begins as a model does and is none: it was cut off, a length leads beyond its "
        "end, a tensor has fewer bytes than elements, an operation reads what nothing makes. "
        "Copy the whole file, or export it again."
    ),
    "unknown-operation": Explanation(
        "No layer kind does what an operation of a model file does, and the file does not say "
        "which shape comes out of it, so that nothing behind it can be planned. Operations "
        "whose shape is known become `opaque` layers instead."
    ),
    "unreadable-array": Explanation(
        "A file of arrays is no `.npy` or `.npz`, is cut off, or holds Python objects, which are "
        "never loaded: they could run code. Save arrays of numbers with `numpy.savez`."
    ),
    "unknown-array": Explanation(
        "An array was given under a name that the network does not have; the finding names the "
        "nearest one. Inputs bear the name of their input, weights are called LAYER.ARRAY, as in "
        "`stem.weight`."
    ),
    "missing-array": Explanation(
        "Arrays were given, but not this one. Either all inputs are given or none, and so with "
        "weights: what is not given at all is drawn from the seed."
    ),
    "array-mismatch": Explanation(
        "An array has another shape than the network wants there, or holds no numbers. Arrays "
        "are channels first, (N, C, H, W), and weights have PyTorch's layout."
    ),
    "not-finite": Explanation(
        "NaN or infinity stands in an array that was given, or first appeared in the output of "
        "this layer. Everything behind it would be worthless. A negative `running_var` and "
        "numbers too large for float32 are the usual reasons."
    ),
    "needs-memory": Explanation(
        "The run would need more memory than it may use, which is found out before anything is "
        "allocated. The finding names the layer at which most is alive at once. Use a smaller "
        "input or batch, or raise the limit."
    ),
    "too-large-to-show": Explanation(
        "`convcalc show` writes out every cell, which nobody could read for a layer of this "
        "size. The finding names a small question with the same geometry."
    ),
    "not-shown": Explanation(
        "`convcalc show` has no such view of this layer: only transposed layers stretch their "
        "input, and only layers that are linear are a matrix."
    ),
    "not-an-index": Explanation(
        "A layer that looks up rows by their number, such as `embedding`, was given a number that "
        "is not whole, negative, or beyond its table. Tokens count from 0, so that a table of "
        "30,522 rows has the last one at 30,521."
    ),
    "not-runnable": Explanation(
        "A layer of which nobody said what it computes (`opaque`) can be planned, and not run. "
        "Write the layers that it stands for, or name what runs before it under `outputs`, and "
        "give what comes behind it a file of its own. `verify` runs all other layers."
    ),
    "bad-configuration": Explanation(
        "`convcalc.toml`, `[tool.convcalc]` or a baseline cannot be used: it is no TOML (or "
        "JSON), has an unknown key or a value of the wrong type. Files that it speaks of are not "
        "checked, and the exit code is 2.",
    ),
    "unknown-ignore": Explanation(
        "A comment `# convcalc: ignore[CODE]` does not say what it ignores, names nothing that "
        "is known, or names what cannot be ignored because without it nothing can be checked.",
    ),
    "unused-ignore": Explanation(
        "A comment `# convcalc: ignore[CODE]` silences nothing: the finding is gone, or the "
        "comment stands in another place than its layer. Remove it, so that it does not silence "
        "a later mistake. Not judged where the network cannot be planned.",
    ),
    "file-not-checked": Explanation(
        "convcalc failed on this file, which is a bug in convcalc, or took too long for it. All "
        "other files are checked; the exit code is 3. Please report it with the file.",
    ),
}
