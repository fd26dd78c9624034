"""What masters and workers say to each other."""

from .protocol import Message

__all__ = ("Message",)
