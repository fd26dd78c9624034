"""This process itself: gevent's patches, what it uses of the machine, whose code a frame is, when
a name is imported.

Rule: imports nothing of Locustella's.
"""
