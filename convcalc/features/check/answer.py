"""What `convcalc check` answers."""

from convcalc.report.found import Findings

ANSWER = Findings
