"""What runs in the box beside the student's code; mounted alone, as `inside`, and none of it is secret."""
