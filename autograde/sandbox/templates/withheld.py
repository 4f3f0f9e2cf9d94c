"""What stands where a function is withheld while its exercise is graded."""


class Withheld(RuntimeError):
    """You asked the library for what you are asked to write."""


class WithheldValue:
    """A name of the library that would give an exercise away: it exists, and every use of it says so."""

    def __init__(self, sentence: str) -> None:
        self.__dict__["sentence"] = sentence

    def refuse(self, *args: object, **kwargs: object) -> None:
        raise Withheld(self.__dict__["sentence"])

    __call__ = __getitem__ = __iter__ = __len__ = __contains__ = __setattr__ = refuse

    def __getattr__(self, name: str) -> None:
        if name.startswith("__"):
            raise AttributeError(name)
        self.refuse()
