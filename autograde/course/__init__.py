"""A course folder: its text, its masters, what is built from them and released."""
