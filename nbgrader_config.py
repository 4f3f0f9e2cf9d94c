"""What nbgrader's own commands and formgrader need to know about this course folder.

Run them from here. But grade with `autograde grade 01-backprop`: `nbgrader autograde` runs students' code with your
rights, unprotected.
"""

from pathlib import Path

c = get_config()  # noqa: F821 - nbgrader defines it

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
