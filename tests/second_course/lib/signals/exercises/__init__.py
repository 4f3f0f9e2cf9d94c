"""What is asked: a module for each assignment."""
