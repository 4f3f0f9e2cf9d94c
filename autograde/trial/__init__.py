"""Try the grader and its tests: a made-up class, hostile work, the bank against itself."""
