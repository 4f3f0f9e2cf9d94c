"""Run by a student's kernel before the first cell: first errors get a sentence before anything is imported."""


def _know_the_course() -> None:
    from importlib import import_module
    from importlib.util import find_spec

    if find_spec("machine_room"):
        import_module("machine_room")  # in a kernel it registers its sentences, see machine_room.notebook.startup


_know_the_course()
del _know_the_course
