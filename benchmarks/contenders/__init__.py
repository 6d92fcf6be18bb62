"""The contenders: each a script that runs as a process of its own and is told its cameras on standard input."""
