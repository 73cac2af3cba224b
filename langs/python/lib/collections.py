# Containers beyond the built-in ones.
__path__ = []

_MISSING = object()


class deque:
    """A ring of items: both ends in constant time."""
    __match_sequence__ = True
    __hash__ = None

    def __init__(self, iterable=(), maxlen=None):
        if maxlen is not None and maxlen < 0:
            raise ValueError("maxlen must be non-negative")
        self._ring = [None] * 8
        self._mask = 7
        self._head = 0
        self._size = 0
        self._maxlen = maxlen
        self.extend(iterable)

    @property
    def maxlen(self):
        return self._maxlen

    def _grow(self):
        ring, head = self._ring, self._head
        self._ring = ring[head:] + ring[:head] + [None] * len(ring)
        self._mask = len(self._ring) - 1
        self._head = 0

    def append(self, x):
        n = self._size
        if n == self._maxlen:
            if n == 0:
                return
            self.popleft()
            n -= 1
        if n > self._mask:
            self._grow()
        self._ring[(self._head + n) & self._mask] = x
        self._size = n + 1

    def appendleft(self, x):
        n = self._size
        if n == self._maxlen:
            if n == 0:
                return
            self.pop()
            n -= 1
        if n > self._mask:
            self._grow()
        self._head = h = (self._head - 1) & self._mask
        self._ring[h] = x
        self._size = n + 1

    def pop(self):
        n = self._size - 1
        if n < 0:
            raise IndexError("pop from an empty deque")
        i = (self._head + n) & self._mask
        x = self._ring[i]
        self._ring[i] = None
        self._size = n
        return x

    def popleft(self):
        n = self._size - 1
        if n < 0:
            raise IndexError("pop from an empty deque")
        h = self._head
        x = self._ring[h]
        self._ring[h] = None
        self._head = (h + 1) & self._mask
        self._size = n
        return x

    def extend(self, iterable):
        if iterable is self:
            iterable = list(iterable)
        for x in iterable:
            self.append(x)

    def extendleft(self, iterable):
        if iterable is self:
            iterable = list(iterable)
        for x in iterable:
            self.appendleft(x)

    def clear(self):
        self.__init__((), self._maxlen)

    def rotate(self, n=1):
        if self._size > 1:
            n %= self._size
            if n <= self._size // 2:
                for _ in range(n):
                    self.appendleft(self.pop())
            else:
                for _ in range(self._size - n):
                    self.append(self.popleft())

    def __len__(self):
        return self._size

    def __iter__(self):
        for i in range(self._size):
            if i >= self._size:
                raise RuntimeError("deque mutated during iteration")
            yield self._ring[(self._head + i) & self._mask]

    def __reversed__(self):
        for i in range(self._size - 1, -1, -1):
            yield self._ring[(self._head + i) & self._mask]

    def _index(self, i):
        if not isinstance(i, int):
            raise TypeError(f"sequence index must be integer, not '{type(i).__name__}'")
        if i < 0:
            i += self._size
        if not 0 <= i < self._size:
            raise IndexError("deque index out of range")
        return (self._head + i) & self._mask

    def __getitem__(self, i):
        return self._ring[self._index(i)]

    def __setitem__(self, i, x):
        self._ring[self._index(i)] = x

    def __delitem__(self, i):
        self._index(i)
        items = list(self)
        del items[i]
        self._refill(items)

    def _refill(self, items):
        self.__init__(items, self._maxlen)

    def __contains__(self, x):
        return any(y is x or y == x for y in self)

    def count(self, x):
        return sum(1 for y in self if y is x or y == x)

    def index(self, x, *bounds):
        try:
            return list(self).index(x, *bounds)
        except ValueError:
            raise ValueError(f"{x!r} is not in deque") from None

    def insert(self, i, x):
        if self._size == self._maxlen:
            raise IndexError("deque already at its maximum size")
        items = list(self)
        items.insert(i, x)
        self._refill(items)

    def remove(self, x):
        items = list(self)
        try:
            items.remove(x)
        except ValueError:
            raise ValueError("deque.remove(x): x not in deque") from None
        self._refill(items)

    def reverse(self):
        self._refill(list(self)[::-1])

    def copy(self):
        return type(self)(self, self._maxlen)

    __copy__ = copy

    def __add__(self, other):
        if not isinstance(other, deque):
            raise TypeError(f'can only concatenate deque (not "{type(other).__name__}") to deque')
        r = self.copy()
        r.extend(other)
        return r

    def __iadd__(self, other):
        self.extend(other)
        return self

    def __mul__(self, n):
        return type(self)(list(self) * n, self._maxlen)

    __rmul__ = __mul__

    def __eq__(self, other):
        return list(self) == list(other) if isinstance(other, deque) else NotImplemented

    def __lt__(self, other):
        return list(self) < list(other) if isinstance(other, deque) else NotImplemented

    def __le__(self, other):
        return list(self) <= list(other) if isinstance(other, deque) else NotImplemented

    def __gt__(self, other):
        return list(self) > list(other) if isinstance(other, deque) else NotImplemented

    def __ge__(self, other):
        return list(self) >= list(other) if isinstance(other, deque) else NotImplemented

    def __repr__(self):
        tail = "" if self._maxlen is None else f", maxlen={self._maxlen}"
        return f"{type(self).__name__}([{', '.join('[...]' if x is self else repr(x) for x in self)}]{tail})"

    def __class_getitem__(cls, args):
        import typing
        return typing.GenericAlias(cls, args)


class defaultdict(dict):
    def __init__(self, default_factory=None, /, *args, **kw):
        if default_factory is not None and not callable(default_factory):
            raise TypeError("first argument must be callable or None")
        self.default_factory = default_factory
        dict.__init__(self, *args, **kw)

    def __missing__(self, key):
        if self.default_factory is None:
            raise KeyError(key)
        self[key] = value = self.default_factory()
        return value

    def __repr__(self):
        return f"{type(self).__name__}({self.default_factory!r}, {dict.__repr__(self)})"

    def copy(self):
        return type(self)(self.default_factory, self)

    __copy__ = copy

    def __or__(self, other):
        r = self.copy()
        r.update(other)
        return r


class OrderedDict(dict):
    def move_to_end(self, key, last=True):
        value = self[key]
        if last:
            dict.pop(self, key)
            dict.__setitem__(self, key, value)
        else:
            rest = [(k, v) for k, v in self.items() if k != key]
            dict.clear(self)
            dict.__setitem__(self, key, value)
            for k, v in rest:
                dict.__setitem__(self, k, v)

    def popitem(self, last=True):
        if not self:
            raise KeyError("dictionary is empty")
        key = next(reversed(self) if last else iter(self))
        return key, dict.pop(self, key)

    def copy(self):
        return type(self)(self)

    def __eq__(self, other):
        if isinstance(other, OrderedDict):
            return list(self.items()) == list(other.items())
        return dict.__eq__(self, other)

    def __repr__(self):
        if not self:
            return f"{type(self).__name__}()"
        return f"{type(self).__name__}({dict.__repr__(self)})"


class Counter(dict):
    def __init__(self, iterable=None, /, **kw):
        dict.__init__(self)
        self.update(iterable, **kw)

    def __missing__(self, key):
        return 0

    def update(self, iterable=None, /, **kw):
        if iterable is not None:
            if hasattr(iterable, "items"):
                for k, n in iterable.items():
                    self[k] = self.get(k, 0) + n
            else:
                for k in iterable:
                    self[k] = self.get(k, 0) + 1
        for k, n in kw.items():
            self[k] = self.get(k, 0) + n

    def subtract(self, iterable=None, /, **kw):
        if iterable is not None:
            if hasattr(iterable, "items"):
                for k, n in iterable.items():
                    self[k] = self.get(k, 0) - n
            else:
                for k in iterable:
                    self[k] = self.get(k, 0) - 1
        for k, n in kw.items():
            self[k] = self.get(k, 0) - n

    def most_common(self, n=None):
        items = sorted(self.items(), key=lambda kv: kv[1], reverse=True)
        return items if n is None else items[:n]

    def elements(self):
        for k, n in self.items():
            for _ in range(n):
                yield k

    def total(self):
        return sum(self.values())

    def copy(self):
        return type(self)(self)

    def __delitem__(self, key):
        if key in self:
            dict.__delitem__(self, key)

    def _combine(self, other, f):
        r = Counter()
        for k in list(self) + [k for k in other if k not in self]:
            n = f(self[k], other[k])
            if n > 0:
                r[k] = n
        return r

    def __add__(self, other):
        return self._combine(other, lambda a, b: a + b) if isinstance(other, Counter) else NotImplemented

    def __sub__(self, other):
        return self._combine(other, lambda a, b: a - b) if isinstance(other, Counter) else NotImplemented

    def __or__(self, other):
        return self._combine(other, max) if isinstance(other, Counter) else NotImplemented

    def __and__(self, other):
        return self._combine(other, min) if isinstance(other, Counter) else NotImplemented

    def __pos__(self):
        return self + Counter()

    def __neg__(self):
        return Counter() - self

    def __iadd__(self, other):
        for k, n in other.items():
            self[k] += n
        return self._keep_positive()

    def __isub__(self, other):
        for k, n in other.items():
            self[k] -= n
        return self._keep_positive()

    def _keep_positive(self):
        for k in [k for k, n in self.items() if n <= 0]:
            del self[k]
        return self

    def __eq__(self, other):
        if not isinstance(other, Counter):
            return NotImplemented
        return all(self[k] == other[k] for c in (self, other) for k in c)

    def __le__(self, other):
        return all(self[k] <= other[k] for c in (self, other) for k in c)

    def __ge__(self, other):
        return all(self[k] >= other[k] for c in (self, other) for k in c)

    def __repr__(self):
        if not self:
            return f"{type(self).__name__}()"
        return f"{type(self).__name__}({dict(self.most_common())!r})"


class ChainMap:
    def __init__(self, *maps):
        self.maps = list(maps) or [{}]

    def __getitem__(self, key):
        for m in self.maps:
            if key in m:
                return m[key]
        return self.__missing__(key)

    def __missing__(self, key):
        raise KeyError(key)

    def get(self, key, default=None):
        return self[key] if key in self else default

    def __contains__(self, key):
        return any(key in m for m in self.maps)

    def __iter__(self):
        d = {}
        for m in reversed(self.maps):
            d.update(dict.fromkeys(m))
        return iter(d)

    def __len__(self):
        return len(set().union(*self.maps))

    def keys(self):
        return list(self)

    def values(self):
        return [self[k] for k in self]

    def items(self):
        return [(k, self[k]) for k in self]

    def __setitem__(self, key, value):
        self.maps[0][key] = value

    def __delitem__(self, key):
        del self.maps[0][key]

    def new_child(self, m=None, **kw):
        m = {} if m is None else m
        m.update(kw)
        return type(self)(m, *self.maps)

    @property
    def parents(self):
        return type(self)(*self.maps[1:])

    def __eq__(self, other):
        return dict(self.items()) == dict(other.items())

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(map(repr, self.maps))})"


class _Field:
    """One field of a named tuple."""
    def __init__(self, index):
        self._index = index
        self.__doc__ = f"Alias for field number {index}"

    def __get__(self, obj, cls=None):
        return self if obj is None else tuple.__getitem__(obj, self._index)

    def __set__(self, obj, value):
        raise AttributeError("can't set attribute")


def namedtuple(typename, field_names, *, rename=False, defaults=None, module=None):
    if isinstance(field_names, str):
        field_names = field_names.replace(",", " ").split()
    fields = list(map(str, field_names))
    import keyword
    seen = set()
    for i, f in enumerate(fields):
        if rename and (not f.isidentifier() or keyword.iskeyword(f) or f.startswith("_") or f in seen):
            fields[i] = f = f"_{i}"
        elif not f.isidentifier():
            raise ValueError(f"Type names and field names must be valid identifiers: {f!r}")
        elif keyword.iskeyword(f):
            raise ValueError(f"Type names and field names cannot be a keyword: {f!r}")
        elif f.startswith("_"):
            raise ValueError(f"Field names cannot start with an underscore: {f!r}")
        elif f in seen:
            raise ValueError(f"Encountered duplicate field name: {f!r}")
        seen.add(f)
    defaults = tuple(defaults or ())
    if len(defaults) > len(fields):
        raise TypeError("Got more default values than field names")
    fields = tuple(fields)
    n = len(fields)
    # The parameters are spelled out, so that calls are as fast as any.
    space = {"_new": tuple.__new__, "__name__": module or "collections"}
    args = ", ".join(fields)
    exec(f"def __new__(_cls, {args}): return _new(_cls, ({args}{',' if n == 1 else ''}))", space)
    new = space["__new__"]
    if defaults:
        new.__defaults__ = defaults

    def _make(cls, iterable):
        r = tuple.__new__(cls, iterable)
        if len(r) != n:
            raise TypeError(f"Expected {n} arguments, got {len(r)}")
        return r

    def _replace(self, /, **kw):
        r = self._make(kw.pop(f, v) for f, v in zip(fields, self))
        if kw:
            raise TypeError(f"Got unexpected field names: {list(kw)!r}")
        return r

    def __repr__(self):
        return type(self).__name__ + "(" + ", ".join(f"{f}={v!r}" for f, v in zip(fields, self)) + ")"

    def _asdict(self):
        return dict(zip(fields, self))

    def __getnewargs__(self):
        return tuple(self)

    ns = {
        "__slots__": (), "_fields": fields, "_field_defaults": dict(zip(fields[n - len(defaults):], defaults)), "__new__": new,
        "_make": classmethod(_make), "_replace": _replace, "__repr__": __repr__, "_asdict": _asdict, "__getnewargs__": __getnewargs__,
        "__match_args__": fields, "__doc__": f"{typename}({args})", "__module__": module or "__main__", "__replace__": _replace,
    }
    for i, f in enumerate(fields):
        ns[f] = _Field(i)
    return type(typename, (tuple,), ns)


class UserDict:
    def __init__(self, dict=None, /, **kw):
        self.data = {}
        if dict is not None:
            self.update(dict)
        self.update(kw)

    def __len__(self):
        return len(self.data)

    def __getitem__(self, key):
        if key in self.data:
            return self.data[key]
        if hasattr(type(self), "__missing__"):
            return type(self).__missing__(self, key)
        raise KeyError(key)

    def __setitem__(self, key, item):
        self.data[key] = item

    def __delitem__(self, key):
        del self.data[key]

    def __iter__(self):
        return iter(self.data)

    def __contains__(self, key):
        return key in self.data

    def get(self, key, default=None):
        return self[key] if key in self else default

    def keys(self):
        return self.data.keys()

    def values(self):
        return self.data.values()

    def items(self):
        return self.data.items()

    def update(self, other=(), /, **kw):
        for k, v in dict(other, **kw).items():
            self[k] = v

    def pop(self, key, *default):
        return self.data.pop(key, *default)

    def popitem(self):
        return self.data.popitem()

    def clear(self):
        self.data.clear()

    @classmethod
    def fromkeys(cls, iterable, value=None):
        d = cls()
        for key in iterable:
            d[key] = value
        return d

    def __or__(self, other):
        return type(self)(self.data | (other.data if isinstance(other, UserDict) else other))

    def __ior__(self, other):
        self.data |= other.data if isinstance(other, UserDict) else other
        return self

    def setdefault(self, key, default=None):
        if key not in self:
            self[key] = default
        return self[key]

    def __eq__(self, other):
        return self.data == (other.data if isinstance(other, UserDict) else other)

    def copy(self):
        r = type(self).__new__(type(self))
        r.__dict__.update(self.__dict__)
        r.data = self.data.copy()
        return r

    def __repr__(self):
        return repr(self.data)


class UserList:
    def __init__(self, initlist=None):
        self.data = [] if initlist is None else list(initlist)

    def __getattr__(self, name):
        if name == "data":
            raise AttributeError(name)
        return getattr(self.data, name)

    def __len__(self):
        return len(self.data)

    def __getitem__(self, i):
        return type(self)(self.data[i]) if isinstance(i, slice) else self.data[i]

    def __setitem__(self, i, x):
        self.data[i] = x

    def __delitem__(self, i):
        del self.data[i]

    def __iter__(self):
        return iter(self.data)

    def __contains__(self, x):
        return x in self.data

    def __eq__(self, other):
        return self.data == (other.data if isinstance(other, UserList) else other)

    def __add__(self, other):
        return type(self)(self.data + list(other))

    def __repr__(self):
        return repr(self.data)


class UserString(str):
    @property
    def data(self):
        return str(self)
