"""The application for WSGI servers and for the flask command line; nothing else."""

import os

import config
from app.factory import create_app

app = create_app(config.load_or_exit(os.environ))
