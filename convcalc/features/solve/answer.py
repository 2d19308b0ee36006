"""The answers of `convcalc solve`: layers for one depth and width, or what several come to."""

from convcalc.features.solve.choices import Choices, choices
from convcalc.features.solve.solutions import Solutions, solve

__all__ = ["ANSWER", "choices", "solve"]

ANSWER = Solutions | Choices
