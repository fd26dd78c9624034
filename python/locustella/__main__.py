"""`python -m locustella ...` is the command `locustella ...`.

`python -m locustella SCRIPT.py ...` runs a Python script in which `locust` is Locustella: one that
uses `run_single_user` or an `Environment` of its own.
"""

import os
import sys

if len(sys.argv) > 1 and sys.argv[1].endswith(".py") and os.path.isfile(sys.argv[1]):
    from .command.run_script import run_script

    run_script(sys.argv[1:])
else:
    from .main import main

    main()
