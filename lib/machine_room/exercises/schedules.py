"""The exercises of the section: learning rate scheduling."""
