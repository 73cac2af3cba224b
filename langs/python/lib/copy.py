# Shallow and deep copies.

class Error(Exception):
    pass


error = Error
_ATOMS = (int, float, bool, str, bytes, type, type(None), type(Ellipsis), type(NotImplemented), range, slice, type(len), type(lambda: 0), property)


def copy(x):
    cls = type(x)
    if cls in _ATOMS or isinstance(x, type):
        return x
    if cls in (list, dict, set, bytearray):
        return x.copy()
    if cls in (tuple, frozenset):
        return x
    f = getattr(cls, "__copy__", None)
    if f is not None:
        return f(x)
    return _rebuild(x, lambda v: v)


def deepcopy(x, memo=None, _nil=[]):
    cls = type(x)
    if cls in _ATOMS or isinstance(x, type):
        return x
    if memo is None:
        memo = {}
    known = memo.get(id(x), _nil)
    if known is not _nil:
        return known
    if cls is list:
        y = memo[id(x)] = []
        for v in x:
            y.append(deepcopy(v, memo))
    elif cls is dict:
        y = memo[id(x)] = {}
        for k, v in x.items():
            y[deepcopy(k, memo)] = deepcopy(v, memo)
    elif cls is tuple:
        items = [deepcopy(v, memo) for v in x]
        known = memo.get(id(x), _nil)
        if known is not _nil:
            return known
        y = x if all(a is b for a, b in zip(items, x)) else tuple(items)
    elif cls in (set, frozenset):
        y = cls(deepcopy(v, memo) for v in x)
    elif cls is bytearray:
        y = x.copy()
    elif cls is type(copy.__get__(1)) if hasattr(copy, "__get__") else False:
        y = cls(x.__func__, deepcopy(x.__self__, memo))
    else:
        f = getattr(x, "__deepcopy__", None)
        if f is not None:
            y = f(memo)
        else:
            y = _rebuild(x, lambda v: deepcopy(v, memo), memo)
    memo[id(x)] = y
    memo.setdefault("keep", []).append(x)
    return y


def _rebuild(x, f, memo=None):
    cls = type(x)
    if isinstance(x, BaseException):
        y = cls.__new__(cls, *x.args)
        y.args = x.args
    elif isinstance(x, tuple):
        y = tuple.__new__(cls, [f(v) for v in x])
    elif isinstance(x, (int, float, str, bytes, frozenset)):
        for base in (int, float, str, bytes, frozenset):
            if isinstance(x, base):
                y = base.__new__(cls, base(x))
    else:
        try:
            y = cls.__new__(cls)
        except TypeError:
            raise Error(f"un(deep)copyable object of type {cls}") from None
    if memo is not None:
        memo[id(x)] = y
    if isinstance(x, list):
        list.extend(y, [f(v) for v in list(x)])
    elif isinstance(x, dict):
        for k, v in dict.items(x):
            dict.__setitem__(y, f(k), f(v))
    elif isinstance(x, set):
        set.update(y, [f(v) for v in set(x)])
    state = getattr(x, "__dict__", {})
    for k, v in dict(state).items():
        object.__setattr__(y, k, f(v))
    for c in cls.__mro__:
        slots = c.__dict__.get("__slots__", ())
        for s in (slots,) if isinstance(slots, str) else slots:
            if s not in ("__dict__", "__weakref__"):
                if s.startswith("__") and not s.endswith("__"):
                    s = f"_{c.__name__.lstrip('_')}{s}"
                if hasattr(x, s):
                    object.__setattr__(y, s, f(getattr(x, s)))
    return y


def replace(obj, /, **changes):
    return type(obj).__replace__(obj, **changes)
