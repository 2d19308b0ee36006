"""The one thing that pyproject.toml cannot say: a wheel carries the examples as templates."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

EXAMPLES = Path(__file__).parent / "examples" / "configs"


class BuildWithTemplates(build_py):
    """Copies `examples/configs` into the built package as `convcalc/templates`."""

    def run(self) -> None:
        """Build as usual, then add the templates; an editable install finds them in place."""
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib) / "convcalc" / "templates"
        target.mkdir(parents=True, exist_ok=True)
        for file in sorted(EXAMPLES.glob("*.net.yaml")):
            shutil.copyfile(file, target / file.name)


setup(cmdclass={"build_py": BuildWithTemplates})
