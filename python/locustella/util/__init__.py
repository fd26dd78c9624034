"""Locust's own `locust.util`: the names that locustfiles import from there, and nothing else.

Rule: what lies here imports no other room, but for the faces, each of which re-exports one module
of another room (deprecation, directory, load_locustfile, url).
"""
