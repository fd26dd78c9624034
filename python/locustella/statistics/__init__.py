"""What is counted and how it is shown: entries, tables, CSV files, the report.

Rule: may import `http`, for the phases of a request, and `util`. `locustella.stats` is its face,
and has the constants that locustfiles assign: nothing here imports one by value (constants.py).
"""
