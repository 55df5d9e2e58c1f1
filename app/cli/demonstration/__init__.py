"""The demo season: its story, how it is loaded and played, and how the program is shown with it."""
