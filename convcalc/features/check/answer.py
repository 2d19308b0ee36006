"""What `convcalc check` answers, of files and of networks at hand."""

from __future__ import annotations

import os
from collections.abc import Sequence
from os import PathLike, fspath

from convcalc.features.check.configuration import Configurations
from convcalc.features.check.discovery import Discovery
from convcalc.features.check.inspecting import judged
from convcalc.features.check.one_file import Options, check_one
from convcalc.features.check.selection import Selection, is_known, nearest_selector
from convcalc.network import InputShapes, Network
from convcalc.network.arguments import refused
from convcalc.report.checked import FileFindings, Report
from convcalc.report.found import Findings, findings_of

ANSWER = Findings


def check(
    *sources: str | PathLike[str] | Network,
    select: Sequence[str] | None = None,
    extend_select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    config: str | PathLike[str] | None = None,
    isolated: bool = False,
    heed_ignores: bool = True,
    input: InputShapes | None = None,
) -> Findings:
    """What `convcalc check` finds in files, folders and patterns, and in networks.

    `select`, `extend_select` and `ignore` have codes, their beginnings, or names; they come before
    the configuration that is nearest to each file (of a network, to the working directory), which
    `config` names and `isolated` passes over. Without `heed_ignores` comments silence nothing.
    `input` is the input shape, or those by name, for model files that leave sizes open.
    Files are read and never written. Raises StackError for a selector that fits nothing.

    >>> from convcalc import loads
    >>> text = "convcalc: 1\\ninput: [3, 8, 8]\\nlayers: [conv: {out: 8, k: 3}, batch_norm]"
    >>> found = check(loads(text), select=["CC4"], isolated=True)
    >>> [problem.slug for problem in found.problems], found.summary.warning
    (['bias-before-norm'], 1)
    """
    selection = Selection(
        None if select is None else _selectors(select),
        _selectors(extend_select),
        _selectors(ignore),
    )
    named = None if config is None else fspath(config)
    configurations = Configurations(selection, config=named, isolated=isolated)
    discovery = Discovery(configurations)
    options = Options(heed_ignores=heed_ignores, input=input)
    findings: list[FileFindings] = []
    for source in sources:
        if isinstance(source, Network):
            file, settings = source.document.file, configurations.of(os.getcwd())
            findings.append(
                judged(source, file, settings, file, heed_ignores=heed_ignores, input=input)
            )
        else:
            found = discovery.find([fspath(source)])
            findings += [check_one(file, options).findings for file in found]
    broken = (
        FileFindings(error.problems[0].file, error.source, error.problems, is_usable=False)
        for error in configurations.errors
    )
    return findings_of(Report((*broken, *findings)))


def _selectors(words: Sequence[str]) -> tuple[str, ...]:
    for word in words:
        if not is_known(word):
            raise refused(f"no finding is called `{word}`", nearest_selector(word))
    return tuple(words)
