"""The course as one static folder: pages, the reference, and JupyterLite to work in. `make site` builds it."""
