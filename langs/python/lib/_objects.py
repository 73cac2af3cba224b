# The `__dict__` of instances and modules: a dictionary that passes changes on.
import _slots


class Namespace(dict):
    __slots__ = ("_owner",)

    def __init__(self, owner, contents):
        dict.__init__(self, contents)
        self._owner = owner

    def __setitem__(self, key, value):
        dict.__setitem__(self, key, value)
        if isinstance(self._owner, _module):
            setattr(self._owner, key, value)
        else:
            _slots.set(self._owner, key, value)

    def __delitem__(self, key):
        dict.__delitem__(self, key)
        if isinstance(self._owner, _module):
            delattr(self._owner, key)
        else:
            _slots.delete(self._owner, key)

    def update(self, *args, **kw):
        for k, v in dict(*args, **kw).items():
            self[k] = v

    def __ior__(self, other):
        self.update(other)
        return self

    def setdefault(self, key, default=None):
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key, *default):
        if key not in self and default:
            return default[0]
        value = self[key]
        del self[key]
        return value

    def popitem(self):
        key = list(self)[-1]
        return key, self.pop(key)

    def clear(self):
        for k in list(self):
            del self[k]


_module = type(__import__("sys"))
