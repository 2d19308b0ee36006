"""Names of files as CI systems want them: relative to where the check runs, with slashes."""

from __future__ import annotations

import os
from urllib.parse import quote

from convcalc.core.files import STDIN_NAME
from convcalc.core.text import encodable


def relative(file: str) -> str:
    """`file` seen from the current folder, where it lies in it; as it is elsewhere.

    >>> relative("./nets/a.net.yaml"), relative("nets/../b.net.yaml"), relative("/x/c.net.yaml")
    ('nets/a.net.yaml', 'b.net.yaml', '/x/c.net.yaml')
    """
    if not file or file == STDIN_NAME:
        return file
    path = os.path.normpath(file)
    if os.path.isabs(path):
        here = os.getcwd()
        inside = path.startswith(os.path.join(here, ""))
        path = os.path.relpath(path, here) if inside else path
    return path.replace(os.sep, "/")


def shown_path(file: str) -> str:
    """`relative` as text that any parser takes.

    >>> shown_path("./caf\\udce9.net.yaml")
    'caf\\\\udce9.net.yaml'
    """
    return encodable(relative(file))


def uri(file: str) -> str:
    """`relative` as a URI reference, percent-encoded byte by byte.

    >>> uri("nets/a b#1.net.yaml"), uri("caf\\udce9.net.yaml"), uri("<stdin>")
    ('nets/a%20b%231.net.yaml', 'caf%E9.net.yaml', '%3Cstdin%3E')
    >>> uri("/tmp/a.net.yaml"), uri("c:a.net.yaml")
    ('file:///tmp/a.net.yaml', 'c%3Aa.net.yaml')
    """
    path = relative(file)
    scheme = "file://" if path.startswith("/") else ""
    return scheme + quote(path.encode("utf-8", "surrogateescape"), safe="/-._~")
