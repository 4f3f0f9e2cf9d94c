"""Many submissions: workers, the journal, and the run that nothing stops."""
