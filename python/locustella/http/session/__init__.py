"""The client of an HttpUser: `requests`' API and semantics on native connections."""
