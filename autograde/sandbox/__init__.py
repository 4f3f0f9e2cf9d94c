"""The box that students' code runs in, seen from outside: what is mounted, how it starts, how it ends."""
