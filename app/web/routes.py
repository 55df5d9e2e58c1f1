"""Collects the blueprints: importing a page registers it."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from flask import Flask
from werkzeug.routing import IntegerConverter

from app.web import desk as desk_pages
from app.web import portal as portal_pages
from app.web import site as site_pages
from app.web.desk.blueprint import desk
from app.web.portal.blueprint import portal
from app.web.site.blueprint import site


class Number(IntegerConverter):
    """Digits of ASCII only: a full-width digit in an address finds nothing."""

    regex = r"[0-9]+"


def _load(package: ModuleType) -> None:
    for page in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{page.name}")


def install(app: Flask) -> None:
    """Register every page of the three audiences."""
    app.url_map.converters["int"] = Number
    for package, blueprint in ((site_pages, site), (portal_pages, portal), (desk_pages, desk)):
        _load(package)
        app.register_blueprint(blueprint)
