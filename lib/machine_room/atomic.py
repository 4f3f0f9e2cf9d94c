"""Files that appear complete or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

__all__ = ["replacing"]


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file to write into, which takes the place of `path` when the block ends well, and is gone otherwise.

    A full disk, or an error in the block, does not cost the file that was there.

    Args:
        path: where the file is to be; its folder exists.

    Raises:
        OSError: the folder cannot be written to.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     target = Path(folder) / "answer"
        ...     with replacing(target) as file:
        ...         _ = file.write(b"42")
        ...     target.read_bytes(), [path.name for path in Path(folder).iterdir()]
        (b'42', ['answer'])
    """
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.unlink(missing_ok=True)  # who was killed left it, and perhaps not writable
    try:
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
