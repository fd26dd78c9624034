"""What is counted and how it is shown: entries, tables, CSV files, the report.

Rule: imports `http` alone of the rooms, for the phases of a request. `locustella.stats` is its face.
"""
