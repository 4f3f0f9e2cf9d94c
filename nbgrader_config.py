"""What nbgrader's own commands and formgrader need to know about this course folder.

Run them from here. `nbgrader autograde` and formgrader's button grade in the sandbox, as `autograde grade` does: they
ask this course's grader process.
"""

import os
from pathlib import Path

c = get_config()  # noqa: F821 - nbgrader defines it

# Students' code runs in the sandbox, whichever command grades it, and no link of theirs is followed. As texts: nbgrader
# stops at a class that it cannot find, but goes on without this file where a line of it fails.
c.Autograde.exporter_class = "autograde.plugin.Sandboxed"
c.Autograde.autograde_preprocessors = ["autograde.plugin.NeverUnprotected"]
if "MACHINE_ROOM_EXCHANGE_URL" not in os.environ:  # on a hub with the exchange service, collecting is the service's
    c.ExchangeFactory.collect = "autograde.plugin.Collect"

c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.course_id = "machine-room"

# Students must not see the hidden part of a check in their feedback, whichever command makes it.
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]

# Pictures belong to sliders. In a grading run nobody moves them.
c.Execute.timeout = 60
