"""The states of a test and of a worker, as Locust names them.

    ready --start--> spawning --all users there--> running --stop--> cleanup --> stopped
    stopped --start--> spawning
"""

STATE_INIT = "ready"
STATE_SPAWNING = "spawning"
STATE_RUNNING = "running"
STATE_CLEANUP = "cleanup"
STATE_STOPPING = "stopping"
STATE_STOPPED = "stopped"
STATE_MISSING = "missing"
