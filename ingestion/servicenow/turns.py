"""Whose turn it is to compute."""

import threading

#: Held while JSON is decoded and while its cells are gathered for columns. Threads that compute at once fight over
#: Python's own lock, each change of hands costing milliseconds: four of them take half as long again as one.
COMPUTING = threading.Lock()
