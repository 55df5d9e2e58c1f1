"""Tables and their checks; nothing here decides."""
