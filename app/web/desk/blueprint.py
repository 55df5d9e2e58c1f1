"""The desk's blueprint; its door admits the market, the county offices, the bureau and the administrator."""

from flask import Blueprint

from app.domain.actor import DESK
from app.web.doors import admit

desk = Blueprint("desk", __name__, url_prefix="/desk")
admit(desk, DESK)
