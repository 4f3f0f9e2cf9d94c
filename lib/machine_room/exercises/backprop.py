"""The exercises of the section: how training a network works."""
