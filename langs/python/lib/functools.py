# Functions of functions.

WRAPPER_ASSIGNMENTS = ("__module__", "__name__", "__qualname__", "__doc__", "__annotations__")
WRAPPER_UPDATES = ("__dict__",)
_MISSING = object()


def update_wrapper(wrapper, wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=WRAPPER_UPDATES):
    for name in assigned:
        try:
            value = getattr(wrapped, name)
        except AttributeError:
            continue
        setattr(wrapper, name, value)
    for name in updated:
        for k, v in dict(getattr(wrapped, name, {})).items():
            setattr(wrapper, k, v)
    wrapper.__wrapped__ = wrapped
    return wrapper


def wraps(wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=WRAPPER_UPDATES):
    def decorate(wrapper):
        return update_wrapper(wrapper, wrapped, assigned, updated)
    return decorate


def reduce(function, iterable, initial=_MISSING, /):
    it = iter(iterable)
    if initial is _MISSING:
        for value in it:
            break
        else:
            raise TypeError("reduce() of empty iterable with no initial value")
    else:
        value = initial
    for x in it:
        value = function(value, x)
    return value


class partial:
    def __init__(self, func, /, *args, **keywords):
        if not callable(func):
            raise TypeError("the first argument must be callable")
        if isinstance(func, partial):
            args = func.args + args
            keywords = {**func.keywords, **keywords}
            func = func.func
        self.func = func
        self.args = args
        self.keywords = keywords

    def __call__(self, /, *args, **keywords):
        if self.keywords or keywords:
            return self.func(*self.args, *args, **{**self.keywords, **keywords})
        return self.func(*self.args, *args)

    def __get__(self, obj, cls=None):
        return self

    def __repr__(self):
        parts = [repr(self.func), *map(repr, self.args), *(f"{k}={v!r}" for k, v in self.keywords.items())]
        return f"functools.partial({', '.join(parts)})"


class partialmethod:
    def __init__(self, func, /, *args, **keywords):
        self.func, self.args, self.keywords = func, args, keywords

    def __get__(self, obj, cls=None):
        f = self.func.__get__(obj, cls) if hasattr(self.func, "__get__") else partial(self.func, obj)
        return partial(f, *self.args, **self.keywords)


class _CacheInfo(tuple):
    def __new__(cls, hits, misses, maxsize, currsize):
        return tuple.__new__(cls, (hits, misses, maxsize, currsize))

    hits = property(lambda self: self[0])
    misses = property(lambda self: self[1])
    maxsize = property(lambda self: self[2])
    currsize = property(lambda self: self[3])

    def __repr__(self):
        return f"CacheInfo(hits={self[0]}, misses={self[1]}, maxsize={self[2]}, currsize={self[3]})"


def _key(args, kw, typed):
    if kw:
        args = args + (_MISSING,) + tuple(kw.items())
    if typed:
        args = args + tuple(map(type, args))
    return args


def lru_cache(maxsize=128, typed=False):
    if callable(maxsize):
        return lru_cache()(maxsize)
    if maxsize is not None and maxsize < 0:
        maxsize = 0

    def decorate(function):
        cache = {}
        hits = misses = 0

        def wrapper(*args, **kw):
            nonlocal hits, misses
            key = _key(args, kw, typed) if kw or typed or len(args) != 1 or isinstance(args[0], tuple) else args[0]
            value = cache.get(key, _MISSING)
            if value is not _MISSING:
                hits += 1
                if maxsize is not None:
                    # The latest used comes last.
                    del cache[key]
                    cache[key] = value
                return value
            misses += 1
            value = function(*args, **kw)
            if maxsize is None:
                cache[key] = value
            elif maxsize:
                if len(cache) >= maxsize and key not in cache:
                    del cache[next(iter(cache))]
                cache[key] = value
            return value

        def cache_info():
            return _CacheInfo(hits, misses, maxsize, len(cache))

        def cache_clear():
            nonlocal hits, misses
            cache.clear()
            hits = misses = 0

        update_wrapper(wrapper, function)
        wrapper.cache_info = cache_info
        wrapper.cache_clear = cache_clear
        wrapper.cache_parameters = lambda: {"maxsize": maxsize, "typed": typed}
        return wrapper
    return decorate


def cache(function):
    return lru_cache(maxsize=None)(function)


class cached_property:
    def __init__(self, func):
        self.func = func
        self.attrname = None
        self.__doc__ = func.__doc__

    def __set_name__(self, owner, name):
        self.attrname = name

    def __get__(self, obj, cls=None):
        if obj is None:
            return self
        d = obj.__dict__
        if self.attrname in d:
            return d[self.attrname]
        value = self.func(obj)
        d[self.attrname] = value
        return value


def total_ordering(cls):
    given = {op for op in ("__lt__", "__le__", "__gt__", "__ge__") if getattr(cls, op) is not getattr(object, op)}
    if not given:
        raise ValueError("must define at least one ordering operation: < > <= >=")
    root = max(given)

    def op(self, other):
        return getattr(type(self), root)(self, other)

    def negated(f):
        def g(self, other):
            r = f(self, other)
            return r if r is NotImplemented else not r
        return g

    def or_equal(f):
        def g(self, other):
            r = f(self, other)
            return r if r is NotImplemented else r or self == other
        return g

    def and_unequal(f):
        def g(self, other):
            r = f(self, other)
            return r if r is NotImplemented else r and self != other
        return g

    def neither(f):
        def g(self, other):
            r = f(self, other)
            return r if r is NotImplemented else not r and self != other
        return g

    def not_or_equal(f):
        def g(self, other):
            r = f(self, other)
            return r if r is NotImplemented else not r or self == other
        return g

    table = {
        "__lt__": {"__gt__": neither, "__le__": or_equal, "__ge__": negated},
        "__le__": {"__ge__": not_or_equal, "__lt__": and_unequal, "__gt__": negated},
        "__gt__": {"__lt__": neither, "__ge__": or_equal, "__le__": negated},
        "__ge__": {"__le__": not_or_equal, "__gt__": and_unequal, "__lt__": negated},
    }
    for name, make in table[root].items():
        if name not in given:
            f = make(op)
            f.__name__ = name
            setattr(cls, name, f)
    return cls


def cmp_to_key(mycmp):
    class K:
        __slots__ = ("obj",)
        __hash__ = None

        def __init__(self, obj):
            self.obj = obj

        def __lt__(self, other):
            return mycmp(self.obj, other.obj) < 0

        def __gt__(self, other):
            return mycmp(self.obj, other.obj) > 0

        def __eq__(self, other):
            return mycmp(self.obj, other.obj) == 0

        def __le__(self, other):
            return mycmp(self.obj, other.obj) <= 0

        def __ge__(self, other):
            return mycmp(self.obj, other.obj) >= 0
    return K


def singledispatch(func):
    registry = {object: func}

    def dispatch(cls):
        for c in cls.__mro__:
            if c in registry:
                return registry[c]
        for c, f in registry.items():
            if c is not object and issubclass(cls, c):
                return f
        return func

    def register(cls, f=None):
        if f is None:
            if isinstance(cls, type):
                return lambda f: register(cls, f)
            f = cls
            hints = [v for k, v in f.__annotations__.items() if k != "return"]
            if not hints:
                raise TypeError(f"Invalid first argument to `register()`: {f!r}.")
            cls = hints[0]
        for c in getattr(cls, "__args__", (cls,)):
            registry[c] = f
        return f

    def wrapper(*args, **kw):
        if not args:
            raise TypeError(f"{func.__name__} requires at least 1 positional argument")
        return dispatch(type(args[0]))(*args, **kw)

    update_wrapper(wrapper, func)
    wrapper.register = register
    wrapper.dispatch = dispatch
    wrapper.registry = registry
    return wrapper


class singledispatchmethod:
    def __init__(self, func):
        self.dispatcher = singledispatch(func)

    def register(self, cls, method=None):
        return self.dispatcher.register(cls, method)

    def __get__(self, obj, cls=None):
        def method(*args, **kw):
            return self.dispatcher.dispatch(type(args[0])).__get__(obj, cls)(*args, **kw)
        return method
