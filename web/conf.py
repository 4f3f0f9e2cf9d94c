"""Sphinx's settings: documents and notebooks by MyST-NB, the reference by autodoc. Nothing is loaded from elsewhere."""

project = "Diving into the machine room"
author = "The machine-room team"
project_copyright = "2026, the machine-room team; the text is under CC BY 4.0"
html_title = project
html_theme = "sphinx_book_theme"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navbar_persistent": [],  # the search stands in the side bar already
    "show_navbar_depth": 1,
    "use_download_button": False,
    "use_fullscreen_button": False,
}

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "web.mathml", "web.docstrings"]
html_math_renderer = "mathml"
myst_enable_extensions = ["amsmath", "attrs_inline", "colon_fence", "dollarmath"]
myst_heading_anchors = 6
suppress_warnings = ["myst.header"]  # a notebook's text may begin below its title

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # shapes and ranges stand in the text, and say more
napoleon_numpy_docstring = False
napoleon_use_ivar = True

nb_execution_mode = "force"
nb_execution_timeout = 600
nb_execution_raise_on_error = True
nb_ipywidgets_js: dict[str, str] = {}  # else its pages fetch require.js and the widgets' code
#: A picture that was saved stands before the widgets that live no more.
nb_mime_priority_overrides = [("html", "image/png", 1), ("html", "application/vnd.jupyter.widget-view+json", 99)]
