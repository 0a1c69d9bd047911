"""Everything that touches a platform or a process."""
