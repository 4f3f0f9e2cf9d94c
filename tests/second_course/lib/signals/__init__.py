"""Signals: a small course of its own, on top of machine_room."""

__version__ = "2026.1"
