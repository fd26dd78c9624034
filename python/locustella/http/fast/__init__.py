"""The client of a FastHttpUser: geventhttpclient's API on native connections."""
