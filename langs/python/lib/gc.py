# The collector runs by itself.
_enabled = True
garbage = []
callbacks = []


def collect(generation=2):
    return 0


def enable():
    global _enabled
    _enabled = True


def disable():
    global _enabled
    _enabled = False


def isenabled():
    return _enabled


def freeze():
    pass


def get_objects():
    return []


def get_threshold():
    return 700, 10, 10


def set_threshold(*args):
    pass
