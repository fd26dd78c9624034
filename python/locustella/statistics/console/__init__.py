"""The tables that a test prints.

    tables      Locust's functions and layout, and the JSON form
    terminal    the same tables, laid out for the terminal or the file that they go to
"""
