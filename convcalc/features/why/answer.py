"""`convcalc why`: what another program's error means, which layer it is about, what to write."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import Annotated

from convcalc.core.errors import Problem, StackError
from convcalc.core.files import STDIN
from convcalc.core.records import Answer, Key
from convcalc.features.why.pasted import find, sentences
from convcalc.features.why.sentence import FILE, Meaning
from convcalc.features.why.suspects import Suspect, blame
from convcalc.network import InputShapes, Network


@dataclass(frozen=True, slots=True)
class Why(Answer):
    """An error explained."""

    program: Annotated[str, Key("Who says so: PyTorch, Keras, TensorFlow, ...")]
    error: Annotated[str, Key("What kind of error it is: product, channels, kernel, ...")]
    sentence: Annotated[str, Key("The sentence that was found in the text.")]
    meaning: Annotated[Meaning, Key("What it means.")]
    layers: Annotated[
        tuple[Suspect, ...] | None,
        Key("The layers of the network that it is about; null without a network.", null=True),
    ]


ANSWER = Why


def why(message: str, network: Network | None = None, *, input: InputShapes | None = None) -> Why:
    """What an error of PyTorch, Keras, TensorFlow, ONNX Runtime, JAX or numpy means.

    `message` may be a whole log: the last sentence that is known counts. With a network, the
    layers that it is about. Raises StackError where no sentence is known.

    >>> found = why("mat1 and mat2 shapes cannot be multiplied (32x8192 and 9216x4096)")
    >>> found.meaning.means
    '8192 features arrive at a dense layer that multiplies 9216 of them into 4096'
    """
    found = find(message)
    if found is None:
        raise StackError([Problem("wrong-value", _unknown(message), help=_known())])
    meaning = found.sentence.meaning(found.values)
    if found.listed > 1:
        more = f"the first of {found.listed} that the program lists"
        meaning = replace(meaning, numbers=(*meaning.numbers, more))
    layers = None if network is None else blame(network, meaning.clue, input)
    if network is not None and network.document.file not in ("", STDIN):
        file = shlex.quote(network.document.file)
        meaning = replace(meaning, ask=meaning.ask.replace(FILE, file))
    return Why(found.said.program, found.sentence.name, found.text, meaning, layers)


def _unknown(message: str) -> str:
    if not message.strip():
        return "there is no error in an empty text"
    return "no sentence of this text is known"


def _known() -> str:
    wordings = sum(len(sentence.wordings) for sentence in sentences())
    return (
        f"{len(sentences())} errors about shapes are known, in {wordings} wordings of "
        "PyTorch, Keras, TensorFlow, ONNX Runtime, JAX and numpy; `convcalc why --list` shows them"
    )
