import sys
from pathlib import Path

# The tools of the documentation are scripts beside it, no package.
sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
