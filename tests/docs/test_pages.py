"""What the pages owe to the code: every code, kind and command has its section."""

import json
import re
from pathlib import Path

from convcalc.cli.commands import command_names
from convcalc.core.errors import CODES
from convcalc.features.check.catalog import WARNINGS
from convcalc.features.schema import answer_schema, commands, input_schema
from convcalc.kinds import kind_names
from tests.each import each

DOCS = Path(__file__).parents[2] / "docs"
README = DOCS.parent / "README.md"


def sections(page: str, level: str) -> dict[str, str]:
    parts = re.split(rf"^{level} (.+)\n", (DOCS / page).read_text(), flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@each("slug", CODES)
def test_every_code_has_a_section_with_its_message(slug: str) -> None:
    section = sections("findings.md", "###")[f"{CODES[slug]} {slug}"]
    level = "warning" if slug in WARNINGS else "error"
    assert f"{level} {CODES[slug]} {slug}: " in section


def test_every_kind_has_a_section() -> None:
    assert tuple(sections("kinds.md", "##")) == kind_names()


def test_every_command_has_a_section() -> None:
    commands = [f"`convcalc {name}`" for name in command_names()]
    assert list(sections("cli.md", "##")) == commands


def test_the_published_schemas_are_those_of_the_code() -> None:
    assert json.loads((DOCS / "schema" / "net.schema.json").read_text()) == input_schema()
    for command in commands():
        text = (DOCS / "schema" / f"{command}.schema.json").read_text()
        assert json.loads(text) == answer_schema(command), command


def test_the_set_up_commands_are_where_continuous_integration_finds_them() -> None:
    commands = re.findall(r"<!-- set-up: (\w+) -->\n```sh\n(.+)\n```", README.read_text())
    assert [name for name, _ in commands] == ["use", "develop"]
    assert all(command.startswith("pip install ") for _, command in commands)
