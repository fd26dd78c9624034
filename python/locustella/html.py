"""Locust's name for the HTML report: running/html_report.py."""

from . import stats
from .running.cluster_runners import MasterRunner
from .running.html_report import get_html_report
from .running.output_files import process_html_filename
from .running.states import STATE_STOPPED, STATE_STOPPING
from .user.inspectuser import get_ratio
from .util.date import format_duration, format_utc_timestamp

__all__ = (
    "PERCENTILES_FOR_HTML_REPORT",
    "STATE_STOPPED",
    "STATE_STOPPING",
    "MasterRunner",
    "format_duration",
    "format_utc_timestamp",
    "get_html_report",
    "get_ratio",
    "process_html_filename",
    "stats",
)

# Fractions of 1, read at every report: a locustfile may assign its own. As long as they are
# Locust's, the report has those that the console and the CSV files have,
# stats.PERCENTILES_TO_REPORT.
LOCUSTS_PERCENTILES = (0.50, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
PERCENTILES_FOR_HTML_REPORT = list(LOCUSTS_PERCENTILES)
