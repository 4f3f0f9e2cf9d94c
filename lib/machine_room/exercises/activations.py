"""The exercises of the section: activation functions."""
