"""What every room speaks of: verdicts, names that strangers gave, failures and whose they are."""
