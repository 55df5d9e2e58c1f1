"""The public site's blueprint; its door admits anyone."""

from flask import Blueprint

from app.web.doors import ANYONE, admit

site = Blueprint("site", __name__)
admit(site, ANYONE)
