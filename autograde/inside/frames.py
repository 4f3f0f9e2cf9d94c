"""Messages over a stream socket: length of JSON, length of blob, then both.

*Trust*: the judge reads what a student's process wrote. A length beyond the caps is refused before anything is read,
and every read and write ends when the time is up. How much is left is asked for again before every wait, and whenever
one ends: time that is fair to count passes more slowly on a busy machine.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from .wire import MAX_BYTES, MAX_HEADER, Adopt, Export, WireError, decode, encode

__all__ = ["Closed", "Left", "TooLate", "receive", "receive_encoded", "send"]

Left = Callable[[], float]  # seconds for which to wait before it is asked again; none or less once the time is up

_LENGTHS = struct.Struct(">II")
CHUNK = 1 << 16


class Closed(Exception):
    """The other side has gone."""


class TooLate(Exception):
    """The time was up before the message was through."""


def send(channel: socket.socket, value: Any, export: Export, left: Left | None = None) -> None:
    """Write one message.

    Args:
        channel: a connected stream socket.
        value: what to send, see `wire`.
        export: see `wire.encode`.
        left: how long to wait, see `Left`; None for ever.

    Raises:
        WireError: the value cannot be sent; nothing was written.
        Closed, TooLate: the other side is gone, or does not read.
    """
    header, blob = encode(value, export)
    rest = memoryview(b"".join((_LENGTHS.pack(len(header), len(blob)), header, blob)))
    while rest:
        _limit(channel, left)
        try:
            with suppress(TimeoutError):
                rest = rest[channel.send(rest) :]
        except OSError:
            raise Closed from None


def receive(channel: socket.socket, adopt: Adopt, left: Left | None = None) -> Any:
    """Read one message.

    Raises:
        WireError: what came is no message, or more than one: nobody here speaks out of turn.
        Closed, TooLate: nothing more comes, or not in time.
    """
    return decode(*receive_encoded(channel, left), adopt)


def receive_encoded(channel: socket.socket, left: Left | None = None) -> tuple[bytes, bytes]:
    """Read one message as JSON and blob."""
    data = _read(channel, _LENGTHS.size, left)
    header_length, blob_length = _LENGTHS.unpack_from(data)
    length = header_length + blob_length
    if header_length > MAX_HEADER or length > MAX_BYTES:
        raise WireError(f"a message of {header_length} + {blob_length} bytes")
    length += _LENGTHS.size
    if len(data) < length:
        data += _read(channel, length - len(data), left)
    if len(data) > length:
        raise WireError("more than one message at a time")
    start = _LENGTHS.size + header_length
    return data[_LENGTHS.size : start], data[start:]


def _read(channel: socket.socket, least: int, left: Left | None) -> bytes:
    """Read what is there, but at least so many bytes.

    Once the time is up it looks once more: whoever was kept from a processor may come too late for an answer in time.
    """
    parts: list[bytes] = []
    late = False
    while least > 0:
        if late:
            raise TooLate
        try:
            _limit(channel, left)
        except TooLate:
            late = True
            channel.settimeout(0)
        try:
            part = channel.recv(max(least, CHUNK))
        except (TimeoutError, BlockingIOError):
            continue
        except OSError:
            raise Closed from None
        if not part:
            raise Closed
        parts.append(part)
        least -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _limit(channel: socket.socket, left: Left | None) -> None:
    if left is None:
        if channel.gettimeout() is not None:
            channel.settimeout(None)
        return
    seconds = left()
    if seconds <= 0:
        raise TooLate
    channel.settimeout(seconds)
