"""Locust's name for the search of a folder."""

from ..command.locustfile_paths import get_abspaths_in

__all__ = ("get_abspaths_in",)
