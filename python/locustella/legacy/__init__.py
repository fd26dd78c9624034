"""Names and options that Locust has removed: they work, and say once what to write instead.

Rule: imports `process` alone of the rooms.
"""
