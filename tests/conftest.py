"""For all tests: SIGINT reaches what they start, also where a shell script runs them in the
background and has it ignored, which children inherit.
"""

from __future__ import annotations

import signal

signal.signal(signal.SIGINT, signal.default_int_handler)
