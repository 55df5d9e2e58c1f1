"""The programme in plain Python: words, lifecycles, permissions, refusals; standard library only."""
