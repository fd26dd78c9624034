"""Header fields: from pairs as they came to the dict that scripts use.

Thread: any.
"""

from __future__ import annotations

from collections.abc import Iterable

from requests.structures import CaseInsensitiveDict

Fields = Iterable[tuple[str, str]]


def joined_headers(fields: Fields) -> CaseInsensitiveDict:
    """Header fields as a dict; several of one name are joined with ", " as urllib3 joins them."""
    headers: CaseInsensitiveDict = CaseInsensitiveDict()
    for name, value in fields:
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers
