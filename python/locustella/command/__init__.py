"""The command line: options, config files, locustfiles, the checks before a test, the demo target.

Rule: may import every other room; no room imports it. `locustella.argument_parser` and `main` are
its faces.
"""
