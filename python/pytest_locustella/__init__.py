"""What pytest finds by itself where Locustella is installed: see plugin.py."""
