"""The operators' commands: one module per group; app/cli/commands.py hangs them on the application."""
