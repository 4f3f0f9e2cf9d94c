"""The exercises of the section: faster optimizers."""
