# Abstract base classes.

def abstractmethod(f):
    f.__isabstractmethod__ = True
    return f


def abstractclassmethod(f):
    return classmethod(abstractmethod(f))


def abstractstaticmethod(f):
    return staticmethod(abstractmethod(f))


def abstractproperty(f):
    return property(abstractmethod(f))


class ABCMeta(type):
    def __new__(mcs, name, bases, namespace, /, **kw):
        cls = super().__new__(mcs, name, bases, namespace, **kw)
        names = {n for n, v in namespace.items() if _abstract(v)}
        for b in bases:
            for n in getattr(b, "__abstractmethods__", ()):
                if _abstract(getattr(cls, n, None)):
                    names.add(n)
        cls.__abstractmethods__ = frozenset(names)
        cls._abc_registry = []
        return cls

    def register(cls, subclass):
        cls._abc_registry.append(subclass)
        return subclass

    def __instancecheck__(cls, instance):
        return cls.__subclasscheck__(type(instance))

    def __subclasscheck__(cls, subclass):
        if not isinstance(subclass, type):
            raise TypeError("issubclass() arg 1 must be a class")
        hook = cls.__dict__.get("__subclasshook__")
        if hook is not None:
            r = hook.__func__(cls, subclass)
            if r is not NotImplemented:
                return r
        if cls in subclass.__mro__:
            return True
        for r in cls._abc_registry:
            if issubclass(subclass, r):
                return True
        for s in cls.__subclasses__():
            if type(s) is not type and issubclass(subclass, s):
                return True
        return False


def _abstract(v):
    if isinstance(v, property):
        return any(_abstract(f) for f in (v.fget, v.fset, v.fdel) if f is not None)
    if isinstance(v, (classmethod, staticmethod)):
        v = v.__func__
    return getattr(v, "__isabstractmethod__", False)


class ABC(metaclass=ABCMeta):
    __slots__ = ()


def get_cache_token():
    return 0
