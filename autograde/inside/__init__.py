"""What runs in the box, next to the student's code. The box mounts this package alone, as `inside`: nothing here is secret."""
