"""The course in a browser: whether a student's copy of a notebook is the site's present one, and how to renew it.

A copy that was changed once stays in the browser's storage, whatever the site has meanwhile. The present notebooks lie
in this package, beside this file. Answers and cells of the student's own are carried over by the cells' ids.
"""

from machine_room_browser.copies import renew, welcome

__all__ = ["renew", "welcome"]
