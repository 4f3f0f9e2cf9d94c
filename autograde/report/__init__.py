"""What the class understood."""
