"""Locust's name for the question whether a locustfile is to be fetched."""

from ..command.locustfile_paths import is_url

__all__ = ("is_url",)
