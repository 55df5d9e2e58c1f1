"""Background work: what is due lives in tables, ticks only look."""
