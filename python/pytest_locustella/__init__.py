"""Locustella's plugin for pytest. It lies outside of the package: pytest imports it at every start,
and importing `locustella` patches the standard library.
"""
