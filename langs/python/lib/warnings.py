# Warnings go to standard error, once for each message and place.
import sys

_seen = set()
_filters = []


def warn(message, category=None, stacklevel=1, source=None):
    if isinstance(message, Warning):
        category = type(message)
    category = category or UserWarning
    for action, cat in _filters:
        if issubclass(category, cat):
            if action == "ignore":
                return
            if action == "error":
                raise message if isinstance(message, Warning) else category(message)
            break
    else:
        if issubclass(category, (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)):
            return
    if _records:
        _records[-1].append(WarningMessage(message if isinstance(message, Warning) else category(message), category))
        return
    key = (str(message), category)
    if key not in _seen:
        _seen.add(key)
        print(f"{category.__name__}: {message}", file=sys.stderr)


class WarningMessage:
    def __init__(self, message, category):
        self.message = message
        self.category = category


_records = []


def simplefilter(action, category=Warning, lineno=0, append=False):
    _filters.insert(0, (action, category))


def filterwarnings(action, message="", category=Warning, module="", lineno=0, append=False):
    _filters.insert(0, (action, category))


def resetwarnings():
    _filters.clear()


class catch_warnings:
    def __init__(self, *, record=False, module=None, action=None, category=Warning, lineno=0, append=False):
        self._record = record
        self._action = action
        self._category = category

    def __enter__(self):
        self._saved = list(_filters)
        if self._action:
            simplefilter(self._action, self._category)
        if self._record:
            _records.append([])
            return _records[-1]

    def __exit__(self, *exc):
        _filters[:] = self._saved
        if self._record:
            _records.pop()
