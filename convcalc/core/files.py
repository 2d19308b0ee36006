"""What stands for standard input, and files that are put in place in one step."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# What the command line calls standard input, and what findings call it.
STDIN, STDIN_NAME = "-", "<stdin>"


@contextmanager
def put_off_end() -> Iterator[None]:
    """What would end the process is put off until the block is done; then it ends as it was asked.

    Of SIGTERM and SIGHUP, where nobody handles them, and in the main thread, which alone may ask.
    """
    # Loaded only where something is written.
    import signal
    import threading

    asked: list[int] = []
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    is_main = threading.current_thread() is threading.main_thread()
    ours = [one for one in numbers if is_main and signal.getsignal(one) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, lambda number, frame: asked.append(number))
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)
        for number in asked:
            os.kill(os.getpid(), number)


@contextmanager
def file_beside(target: Path, data: bytes) -> Iterator[str]:
    """The path of a new file with `data` in the folder of `target`, to be renamed to it.

    Readers of the target see its old bytes or the new ones, whatever happens between. Only the
    owner may read the new file, and it is removed if it is still there at the end, also where the
    process is told to end meanwhile. Raises OSError.
    """
    # Loaded only where something is written.
    import tempfile

    # Hidden and without the file's ending, so that no check takes a leftover for a network; cut,
    # as its name may not be too long where the target's is not.
    with put_off_end():
        handle, beside = tempfile.mkstemp(prefix=f".{target.name[:40]}.", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                # Without this, a crash of the machine could leave an empty file under the name.
                os.fsync(file.fileno())
            yield beside
        finally:
            Path(beside).unlink(missing_ok=True)
