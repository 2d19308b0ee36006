"""`python -m convcalc` and the console script."""

from __future__ import annotations

import gc
import sys

INTERRUPTED = 130


def main() -> int:
    """Run the command line; the exit code is returned."""
    try:
        return _main(sys.argv[1:])
    except KeyboardInterrupt:
        # While modules are loaded, or in the quick answer: `run` takes care of the rest.
        return INTERRUPTED
    except Exception as error:
        from convcalc.core.errors import is_interrupt

        if is_interrupt(error):
            return INTERRUPTED
        raise


def _main(args: list[str]) -> int:
    if args[:1] == ["shape"]:
        # The common one-off question is answered before any library is loaded.
        from convcalc.shorthand import quick

        code = quick.run(args)
        if code is not None:
            return code
    # A run makes next to no cycles, and the collector's scans for them took a twelfth of its time.
    gc.disable()
    import os

    # Pydantic would read the metadata of every installed package, to find who watches it validate.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from convcalc.cli import run

    return run(args)


if __name__ == "__main__":
    sys.exit(main())
