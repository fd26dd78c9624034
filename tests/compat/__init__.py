"""One test class, two implementations: stock Locust and Locustella (see README.md)."""
