"""Letters as values: plain values in, subject and text out."""
