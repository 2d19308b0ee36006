"""Write what the documentation owes to the code, and check the rest of it.

    python docs/generate.py              rewrite generated pages, schemas and outputs
    python docs/generate.py --check      change nothing; exit 1 where something is out of date

Generated are `docs/concepts.md`, `docs/kinds.md`, `docs/cli.md`, `docs/findings.md`,
`docs/rules.md`, the files of `docs/schema` and `docs/pictures`, and the output below every
`<!-- run: convcalc ... -->`. Checked are links, networks and Python examples.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pages
import rules_page
import verify

from convcalc.features import schema

DOCS = Path(__file__).parent
ROOT = DOCS.parent


def main(arguments: Sequence[str]) -> int:
    """Run the command line; the exit code is returned."""
    parser = argparse.ArgumentParser(description="Generate and check the documentation.")
    parser.add_argument("--check", action="store_true", help="change nothing, only compare")
    parser.add_argument("pages", nargs="*", type=Path, help="only these pages, nothing else")
    options = parser.parse_args(arguments)
    wanted = {} if options.pages else generated()
    problems = []
    if not options.check:
        for path, text in wanted.items():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for path, text in wanted.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            problems.append(f"{path.relative_to(ROOT)}: out of date; run python docs/generate.py")
    for page in options.pages or written_pages():
        fresh, found = verify.page(page.resolve(), ROOT)
        if not options.check:
            page.write_text(fresh, encoding="utf-8")
            found = [problem for problem in found if not problem.repaired]
        problems += [f"{page}:{problem.line}: {problem.text}" for problem in found]
    print("\n".join(problems) if problems else "The documentation is up to date.")
    return 1 if problems else 0


def generated() -> dict[Path, str]:
    """Every generated file with the text that it should have."""
    return {
        DOCS / "concepts.md": pages.concepts(),
        DOCS / "kinds.md": pages.kinds(),
        DOCS / "cli.md": pages.commands(),
        DOCS / "findings.md": pages.findings(),
        DOCS / "rules.md": rules_page.rules(),
        DOCS / "schema" / "net.schema.json": pages.input_schema(),
        **{
            DOCS / "schema" / f"{command}.schema.json": pages.answer_schema(command)
            for command in schema.commands()
        },
        **pictures(),
    }


def pictures() -> dict[Path, str]:
    """Every picture that a page of `docs` orders, with its contents."""
    return {
        DOCS / "pictures" / name: drawn
        for page in sorted(DOCS.rglob("*.md"))
        for name, drawn in verify.pictures(page.read_text(encoding="utf-8"), ROOT).items()
    }


def written_pages() -> list[Path]:
    """Every page for readers, generated ones included."""
    return [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
