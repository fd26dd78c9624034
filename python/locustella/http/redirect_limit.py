"""`max_redirects` as the core counts: a script may say any number.

    redirect_limit(2.5)        # 3
    redirect_limit(10**30)     # 1000000
    redirect_limit("2")        # None

Thread: any.
"""

from __future__ import annotations

import math
from typing import Any

#: Redirects in a row that the core counts to at most: nobody waits for the end of as many.
MOST_REDIRECTS = 1_000_000


def redirect_limit(most: Any) -> int | None:
    """How many redirects `requests` follows before the one that is too many; None for what only its
    own comparison understands.
    """
    if type(most) not in (int, float, bool):
        return None
    if not most < MOST_REDIRECTS:  # nor is anything more than no number at all
        return MOST_REDIRECTS
    return max(-1, math.ceil(max(most, -1)))
