"""Collects the blueprints: importing a page registers it."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from flask import Flask

from app.web import desk as desk_pages
from app.web import portal as portal_pages
from app.web import site as site_pages
from app.web.desk.blueprint import desk
from app.web.portal.blueprint import portal
from app.web.site.blueprint import site


def _load(package: ModuleType) -> None:
    for page in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{page.name}")


def install(app: Flask) -> None:
    """Register every page of the three audiences."""
    for package, blueprint in ((site_pages, site), (portal_pages, portal), (desk_pages, desk)):
        _load(package)
        app.register_blueprint(blueprint)
