"""Run by a new kernel, where PYTHONSTARTUP names this file: sentences for errors before anything was imported.

`machine_room.lab` and a hub's settings name it (docs/instructor.md). A Python that is no kernel runs it too, and one
that does not have this library: there it does nothing. It leaves no name behind in the notebook, where it runs.
"""


def _tell_errors_of_the_first_day() -> None:
    import sys
    from importlib.util import find_spec

    if "ipykernel" in sys.modules and find_spec("machine_room"):
        from IPython import get_ipython

        from machine_room.notebook.sentences import register

        register(get_ipython())


_tell_errors_of_the_first_day()
del _tell_errors_of_the_first_day
