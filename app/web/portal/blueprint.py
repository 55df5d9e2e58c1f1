"""The portal's blueprint; its door admits enterprises and institutes."""

from flask import Blueprint

from app.domain.actor import PORTAL
from app.web.doors import admit

portal = Blueprint("portal", __name__, url_prefix="/portal")
admit(portal, PORTAL)
