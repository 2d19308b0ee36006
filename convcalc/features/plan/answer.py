"""What `convcalc plan` answers."""

from convcalc.planning import Plan

ANSWER = Plan
