"""Xuchang Technology Market: the application. Empty on purpose; see docs/architecture.md."""
