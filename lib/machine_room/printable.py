"""Text of strangers as it can be shown: without what a terminal obeys, and what turns or hides the text around it."""

__all__ = ["readable"]


def readable(text: str, limit: int | None = None) -> str:
    r"""Return a text of lines without control, bidirectional and other characters that do not show.

    Args:
        text: of one line or several; line ends and tabs stay.
        limit: how many characters to keep; None keeps all. What is cut off is told by three dots.

    Example:
        >>> print(readable("a\x1b[31mb"), readable("abcdef", 3))
        a�[31mb abc...
    """
    cut = text if limit is None or len(text) <= limit else text[:limit] + "..."
    if cut.replace("\n", "").replace("\t", "").isprintable():
        return cut
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in cut)
