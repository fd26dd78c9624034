"""What several test folders share: an HTTP server that records, and a way to run a locustfile."""
