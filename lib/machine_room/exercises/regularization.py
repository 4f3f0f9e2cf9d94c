"""The exercises of the section: regularization."""
