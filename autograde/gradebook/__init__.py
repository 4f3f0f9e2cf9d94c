"""nbgrader's gradebook, autograded/ and feedback/, as nbgrader writes them."""
