"""The pictures of this course."""
