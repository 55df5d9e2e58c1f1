"""Base, types, transactions and the SQLite settings."""
