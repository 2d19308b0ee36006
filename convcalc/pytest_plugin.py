"""pytest's plug-in: with `--convcalc`, every network file is a test that `convcalc check` passes.

pytest loads this module at each start, so it imports nothing until the flag is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_SUFFIXES = (".net.yaml", ".net.yml")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the flag."""
    parser.getgroup("convcalc", "network files").addoption(
        "--convcalc",
        action="store_true",
        help="collect *.net.yaml files, and let each of them pass `convcalc check`",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a network file, where the flag is given."""
    if parent.config.getoption("convcalc") and file_path.name.endswith(_SUFFIXES):
        return NetworkFile.from_parent(parent, path=file_path)
    return None


class NetworkFile(pytest.File):
    """A network file; it has one test, or none where the configuration excludes it."""

    def collect(self) -> Iterator[pytest.Item]:
        """The test."""
        from convcalc.features.check.configuration import Configurations
        from convcalc.features.check.discovery import Discovery
        from convcalc.features.check.selection import Selection

        discovery = Discovery(Configurations(Selection()), force_exclude=True)
        if any(discovery.find([str(self.path)])):
            yield NetworkItem.from_parent(self, name="check")


class NetworkItem(pytest.Item):
    """`convcalc check` on one file."""

    def runtest(self) -> None:
        """Check the file. Raises AssertionError with all findings."""
        from convcalc.testing import assert_clean

        assert_clean(self._shown)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The findings, without a traceback that would lead into convcalc."""
        if isinstance(excinfo.value, AssertionError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the test stands."""
        return self.path, None, f"convcalc check {self._shown}"

    @property
    def _shown(self) -> str:
        here = Path.cwd()
        return str(self.path.relative_to(here) if self.path.is_relative_to(here) else self.path)
