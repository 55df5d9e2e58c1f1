"""The sheets that the desk imports."""

from app.web import sheets
from app.web.desk.blueprint import desk

sheets.add_pages(desk)
