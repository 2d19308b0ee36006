"""The words of one-off questions, and the answer to the commonest one."""
