"""Gunicorn's settings, read by it from this directory: gunicorn wsgi:app. Its command line overrides them."""

import os

import config

# Checked once here, before any worker starts: nonsense ends the start instead of restarting workers for ever.
config.load_or_exit(os.environ)

bind = "127.0.0.1:8000"
workers = 2
threads = 4
control_socket_disable = True
