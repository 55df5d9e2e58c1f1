"""Reading: selects that start from what the asker may see."""
