"""The report of a test as one HTML page that needs nothing else: no server, no network, no fonts.

    markup      text that may be hostile -> HTML; numbers -> text
    table       tables that stay usable with ten thousand rows
    chart       lines over time as SVG
    seconds     notes, while a test runs, what each second had
    over_time   these seconds -> charts
    endpoints   the same for each name
    history     the readings of `stats.history` -> charts, where nobody noted the seconds
    certainty   how sure the response times are
    sections    the parts of the page, each from the test's data
    settings    how the test was set up
    page        puts the parts, style.css, dark.css and page.js into page.html

Python writes all of the page: without its script (in print, in mail, behind a strict policy)
everything can be read but rows beyond each table's first page. The script adds paging, sorting,
filtering, and values under the pointer.

`locustella.html` has the functions that others call.
"""
