"""Gunicorn's settings, read by it from this directory: gunicorn wsgi:app. Its command line overrides them."""

import os

from config import load_or_exit  # not "import config": Gunicorn has a setting of that name

# Checked once here, before any worker starts: nonsense ends the start instead of restarting workers for ever.
load_or_exit(os.environ)

bind = "127.0.0.1:8000"
workers = 2
threads = 4
control_socket_disable = True
