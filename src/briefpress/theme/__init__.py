"""A theme is data: tokens, style sheets, templates, fonts and labels, in folders.

A theme inherits from one parent. `read_theme` merges the folders into a `Theme`.
"""

from briefpress.theme.folder import is_theme_name, theme_folders, theme_names
from briefpress.theme.fonts import FontFace, font_file_names
from briefpress.theme.model import Theme, for_medium
from briefpress.theme.read import read_theme
from briefpress.theme.styles import MEDIA, css_for, style_sheet_names, with_image_folder
from briefpress.theme.templates import (
    TemplateRenderError,
    render_template,
    template_problem,
)

__all__ = [
    "MEDIA",
    "FontFace",
    "TemplateRenderError",
    "Theme",
    "css_for",
    "font_file_names",
    "for_medium",
    "is_theme_name",
    "read_theme",
    "render_template",
    "style_sheet_names",
    "template_problem",
    "theme_folders",
    "theme_names",
    "with_image_folder",
]
