"""How a test runs: its users, its runners, the watch over the generator, a run without a page.

Rule: may import `statistics`, `http`, `process` and `util`. `locustella.runners`, `dispatch` and
`html` are its faces.
"""
