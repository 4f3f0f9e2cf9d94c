"""The exchange of a course on JupyterHub: a service that knows who hands in, and loses nothing.

Identity is what the hub says of a token, time is this machine's clock, and nothing is ever overwritten.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
