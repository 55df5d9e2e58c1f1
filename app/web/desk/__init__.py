"""The desk of the market, the bureau and the county offices."""
