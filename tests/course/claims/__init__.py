"""What the course's text claims, measured: one function for each marker `{claim: name}`, by its notebook.

A function measures what its sentence says, with the library or with the picture that the reader looks at, and fails
where it is not so. `tests/course/test_claims.py` runs all of them.
"""
