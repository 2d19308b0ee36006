"""`convcalc check`: findings in network files, for people and for continuous integration."""

from __future__ import annotations

from convcalc.features.check.request import Request

__all__ = ["EXAMPLES", "Request", "check"]

EXAMPLES = (
    "convcalc check",
    "convcalc check nets/ --ignore CC4 --fail-on warning",
    "convcalc check nets/*.net.yaml --format github",
    "convcalc check --fix nets/resnet18.net.yaml",
    "cat resnet18.net.yaml | convcalc check - --stdin-filename nets/resnet18.net.yaml",
)


def check(request: Request) -> int:
    """Check network files: every finding with place, sum and repair.

    The exit code is 0 without errors, 1 with errors, and 2 where a path, an option or the
    configuration cannot be used.
    """
    from convcalc.features.check.checking import check as run

    return run(request)
