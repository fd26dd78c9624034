"""Every finished request in a file: what --samples asks for."""
