"""A trusted process that runs the master's checks and asks the student's process for answers."""
