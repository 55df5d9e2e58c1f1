"""The public site: anyone may enter."""
