"""HTTP: doors, forms, views."""
