main.
