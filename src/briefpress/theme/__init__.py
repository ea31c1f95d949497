"""A theme is data: tokens, style sheets, templates, fonts and words, in folders that inherit from one another."""

from briefpress.theme.fonts import FontFace
from briefpress.theme.model import Theme, dump, load
from briefpress.theme.read import is_name, read_theme, theme_folders, theme_names
from briefpress.theme.styles import css_for, with_image_folder
from briefpress.theme.templates import TemplateRenderError, render_template

__all__ = [
    "FontFace",
    "TemplateRenderError",
    "Theme",
    "css_for",
    "dump",
    "is_name",
    "load",
    "read_theme",
    "render_template",
    "theme_folders",
    "theme_names",
    "with_image_folder",
]
