"""Networks on disk and back: `save` writes a file, `load` makes the network again. `network_file` has the format."""

from __future__ import annotations

from pathlib import Path

from machine_room.network import Network
from machine_room.network_file import not_ours, read, save

__all__ = ["load", "save"]


def load(path: str | Path) -> Network:
    """Return the network that `save` wrote: layers, loss and theta; compile it anew to go on training.

    Args:
        path: of a file that `save` wrote.

    Returns:
        A network, its optimizer the default one.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not one of `save`'s.

    Example:
        >>> import tempfile
        >>> from machine_room import Dense
        >>> net = Network([Dense(1)], inputs=2)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     same = load(save(net, folder + "/mine"))
        >>> bool((same.theta == net.theta).all())
        True
    """
    kept = read(path)
    try:
        network = Network(kept.layers, inputs=kept.inputs, loss=kept.loss, dtype=kept.dtype)
        network.theta = kept.theta
    except (KeyError, TypeError) as error:
        raise not_ours(path) from error
    return network
