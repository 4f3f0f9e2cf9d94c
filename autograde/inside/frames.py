"""Messages over a stream socket: length of JSON, length of blob, then both.

*Trust*: the judge reads what a student's process wrote. A length beyond the caps is refused before anything is read,
and every read and write ends at the deadline.
"""

from __future__ import annotations

import socket
import struct
import time
from typing import Any

from .wire import MAX_BYTES, MAX_HEADER, Adopt, Export, WireError, decode, encode

__all__ = ["Closed", "TooLate", "receive", "send"]

_LENGTHS = struct.Struct(">II")


class Closed(Exception):
    """The other side has gone."""


class TooLate(Exception):
    """The deadline passed before the message was through."""


def send(channel: socket.socket, value: Any, export: Export, deadline: float | None = None) -> None:
    """Write one message.

    Args:
        channel: a connected stream socket.
        value: what to send, see `wire`.
        export: see `wire.encode`.
        deadline: `time.monotonic()` at which to give up; None for never.

    Raises:
        WireError: the value cannot be sent; nothing was written.
        Closed, TooLate: the other side is gone, or does not read.
    """
    header, blob = encode(value, export)
    send_encoded(channel, header, blob, deadline)


def send_encoded(channel: socket.socket, header: bytes, blob: bytes, deadline: float | None = None) -> None:
    """Write one message that is encoded already."""
    _limit(channel, deadline)
    try:
        channel.sendall(b"".join((_LENGTHS.pack(len(header), len(blob)), header, blob)))
    except TimeoutError:
        raise TooLate from None
    except OSError:
        raise Closed from None


def receive(channel: socket.socket, adopt: Adopt, deadline: float | None = None) -> Any:
    """Read one message.

    Raises:
        WireError: what came is no message.
        Closed, TooLate: nothing more comes, or not in time.
    """
    start = _read(channel, _LENGTHS.size, deadline)
    header_length, blob_length = _LENGTHS.unpack_from(start)
    if header_length > MAX_HEADER or header_length + blob_length > MAX_BYTES:
        raise WireError(f"a message of {header_length} + {blob_length} bytes")
    body = _read(channel, header_length + blob_length, deadline)
    return decode(body[:header_length], body[header_length:], adopt)


def _read(channel: socket.socket, length: int, deadline: float | None) -> bytes:
    """Read exactly `length` bytes."""
    _limit(channel, deadline)
    try:
        data = channel.recv(length) if length else b""
        if len(data) == length:  # as good as always
            return data
        parts, missing = [data], length - len(data)
        while missing and parts[-1]:
            _limit(channel, deadline)
            parts.append(channel.recv(min(missing, 1 << 20)))
            missing -= len(parts[-1])
    except TimeoutError:
        raise TooLate from None
    except OSError:
        raise Closed from None
    if missing:
        raise Closed
    return b"".join(parts)


def _limit(channel: socket.socket, deadline: float | None) -> None:
    if deadline is None:
        channel.settimeout(None)
        return
    left = deadline - time.monotonic()
    if left <= 0:
        raise TooLate
    channel.settimeout(left)
