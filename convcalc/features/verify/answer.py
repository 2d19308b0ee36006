"""What `convcalc verify` answers."""

from convcalc.features.verify.report import Report

ANSWER = Report
