"""The exercises of the section: make it better."""
