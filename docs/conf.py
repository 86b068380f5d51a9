"""Sphinx: the documentation as a site. Built by `docs/build.py`, which puts the pages it generates beside these."""

from importlib.metadata import version as installed

project = "Ticketlake"
author = "the Ticketlake authors"
version = release = installed("ticketlake")
project_copyright = "the Ticketlake authors, Apache-2.0"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
root_doc = "index"
exclude_patterns = ["pictures/README.md"]
nitpicky = True

# Links name headings as code hosts do, so that the files read the same there.
myst_heading_anchors = 4
myst_enable_extensions = ["deflist"]
# What is drawn with letters is no code of any language.
highlight_language = "none"

html_theme = "furo"
html_title = "Ticketlake"
html_static_path = ["static"]
html_css_files = ["ticketlake.css"]
html_show_sphinx = False
html_copy_source = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b6bb0", "color-brand-content": "#0b6bb0"},
    "dark_css_variables": {"color-brand-primary": "#6cb8f0", "color-brand-content": "#6cb8f0"},
}
