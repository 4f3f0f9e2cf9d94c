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

__all__ = ["Closed", "TooLate", "receive", "receive_encoded", "send"]

_LENGTHS = struct.Struct(">II")
CHUNK = 1 << 16


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
        WireError: what came is no message, or more than one: nobody here speaks out of turn.
        Closed, TooLate: nothing more comes, or not in time.
    """
    return decode(*receive_encoded(channel, deadline), adopt)


def receive_encoded(channel: socket.socket, deadline: float | None = None) -> tuple[bytes, bytes]:
    """Read one message as JSON and blob."""
    data = _read(channel, _LENGTHS.size, deadline)
    header_length, blob_length = _LENGTHS.unpack_from(data)
    length = header_length + blob_length
    if header_length > MAX_HEADER or length > MAX_BYTES:
        raise WireError(f"a message of {header_length} + {blob_length} bytes")
    length += _LENGTHS.size
    if len(data) < length:
        data += _read(channel, length - len(data), deadline)
    if len(data) > length:
        raise WireError("more than one message at a time")
    start = _LENGTHS.size + header_length
    return data[_LENGTHS.size : start], data[start:]


def _read(channel: socket.socket, least: int, deadline: float | None) -> bytes:
    """Read what is there, but at least so many bytes."""
    parts: list[bytes] = []
    while least > 0:
        _limit(channel, deadline)
        try:
            part = channel.recv(max(least, CHUNK))
        except TimeoutError:
            raise TooLate from None
        except OSError:
            raise Closed from None
        if not part:
            raise Closed
        parts.append(part)
        least -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _limit(channel: socket.socket, deadline: float | None) -> None:
    if deadline is None:
        if channel.gettimeout() is not None:
            channel.settimeout(None)
        return
    left = deadline - time.monotonic()
    if left <= 0:
        raise TooLate
    channel.settimeout(left)
