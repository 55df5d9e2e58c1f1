"""The lifecycles as data: one page each, one table each."""
