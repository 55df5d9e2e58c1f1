"""The organisation's own sheets."""

from app.web import sheets
from app.web.portal.blueprint import portal

sheets.add_pages(portal)
