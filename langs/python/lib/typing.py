# Types as values: enough to write annotations, and to ask them what they are.

class _Form:
    def __init__(self, name):
        self._name = name
        self.__name__ = name

    def __repr__(self):
        return "typing." + self._name

    def __getitem__(self, args):
        return _alias(self, args)

    def __or__(self, other):
        return _union(self, other)

    def __ror__(self, other):
        return _union(other, self)

    def __call__(self, *args, **kw):
        raise TypeError(f"Cannot instantiate {self!r}")

    def __mro_entries__(self, bases):
        return ()


def _name(t):
    if t is type(None):
        return "None"
    if t is ...:
        return "..."
    if isinstance(t, type) and not isinstance(t, GenericAlias):
        return t.__qualname__ if t.__module__ == "builtins" else f"{t.__module__}.{t.__qualname__}"
    if isinstance(t, list):
        return "[" + ", ".join(map(_name, t)) + "]"
    return repr(t)


class GenericAlias:
    def __init__(self, origin, args):
        if not isinstance(args, tuple):
            args = (args,)
        self.__origin__ = origin
        self.__args__ = args

    @property
    def __parameters__(self):
        out = []
        for a in self.__args__:
            for p in (a,) if isinstance(a, TypeVar) else getattr(a, "__parameters__", ()):
                if p not in out:
                    out.append(p)
        return tuple(out)

    def __repr__(self):
        return f"{_name(self.__origin__)}[{', '.join(map(_name, self.__args__)) or '()'}]"

    def __eq__(self, other):
        if not isinstance(other, GenericAlias):
            return NotImplemented
        return self.__origin__ == other.__origin__ and self.__args__ == other.__args__

    def __hash__(self):
        return hash((self.__origin__, self.__args__))

    def __call__(self, *args, **kw):
        return self.__origin__(*args, **kw)

    def __getitem__(self, args):
        if not isinstance(args, tuple):
            args = (args,)
        known = dict(zip(self.__parameters__, args))
        return GenericAlias(self.__origin__, tuple(known.get(a, a) if isinstance(a, TypeVar) else a for a in self.__args__))

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(f"'GenericAlias' object has no attribute '{name}'")
        return getattr(self.__origin__, name)

    def __mro_entries__(self, bases):
        origin = self.__origin__
        return (origin,) if isinstance(origin, type) else (Generic,) if origin is Generic else ()

    def __or__(self, other):
        return _union(self, other)

    def __ror__(self, other):
        return _union(other, self)

    def __instancecheck__(self, obj):
        raise TypeError("isinstance() argument 2 cannot be a parameterized generic")

    def __subclasscheck__(self, cls):
        raise TypeError("issubclass() argument 2 cannot be a parameterized generic")


class Union:
    def __init__(self, args):
        self.__args__ = args

    @property
    def __origin__(self):
        return Union

    def __class_getitem__(cls, args):
        r = None
        for a in args if isinstance(args, tuple) else (args,):
            r = _union(r, a) if r is not None else type(None) if a is None else a
        return r

    def __repr__(self):
        return " | ".join(map(_name, self.__args__))

    def __eq__(self, other):
        return isinstance(other, Union) and set(self.__args__) == set(other.__args__)

    def __hash__(self):
        return hash(frozenset(self.__args__))

    def __or__(self, other):
        return _union(self, other)

    def __ror__(self, other):
        return _union(other, self)

    def __instancecheck__(self, obj):
        return any(isinstance(obj, a) for a in self.__args__)

    def __subclasscheck__(self, cls):
        return any(issubclass(cls, a) for a in self.__args__)


UnionType = Union


def _union(a, b):
    out = []
    for t in (a, b):
        for u in t.__args__ if isinstance(t, Union) else (t,):
            u = type(None) if u is None else u
            if u not in out:
                out.append(u)
    return out[0] if len(out) == 1 else Union(tuple(out))


def _alias(origin, args):
    return GenericAlias(origin, args)


class TypeVar:
    def __init__(self, name, *constraints, bound=None, covariant=False, contravariant=False, default=None, infer_variance=False):
        self.__name__ = name
        self.__constraints__ = constraints
        self.__bound__ = bound

    def __repr__(self):
        return self.__name__ if not self.__name__.startswith("~") else self.__name__

    def __or__(self, other):
        return _union(self, other)

    def __ror__(self, other):
        return _union(other, self)


class TypeVarTuple(TypeVar):
    def __iter__(self):
        yield self


class ParamSpec(TypeVar):
    @property
    def args(self):
        return self

    @property
    def kwargs(self):
        return self


class TypeAliasType:
    def __init__(self, name, value):
        self.__name__ = name
        self._compute = value

    @property
    def __value__(self):
        return self._compute()

    def __repr__(self):
        return self.__name__

    def __or__(self, other):
        return _union(self, other)

    def __ror__(self, other):
        return _union(other, self)

    def __getitem__(self, args):
        return GenericAlias(self, args)


class Generic:
    def __class_getitem__(cls, args):
        return GenericAlias(cls, args)


class Protocol:
    def __class_getitem__(cls, args):
        return GenericAlias(cls, args)


Any = _Form("Any")
NoReturn = _Form("NoReturn")
Never = _Form("Never")
Self = _Form("Self")
LiteralString = _Form("LiteralString")
ClassVar = _Form("ClassVar")
Final = _Form("Final")
Literal = _Form("Literal")
Annotated = _Form("Annotated")
Concatenate = _Form("Concatenate")
TypeGuard = _Form("TypeGuard")
TypeIs = _Form("TypeIs")
Required = _Form("Required")
NotRequired = _Form("NotRequired")
ReadOnly = _Form("ReadOnly")
Unpack = _Form("Unpack")
TypeAlias = _Form("TypeAlias")
Callable = _Form("Callable")
Iterable = _Form("Iterable")
Iterator = _Form("Iterator")
Generator = _Form("Generator")
Sequence = _Form("Sequence")
MutableSequence = _Form("MutableSequence")
Mapping = _Form("Mapping")
MutableMapping = _Form("MutableMapping")
Collection = _Form("Collection")
Container = _Form("Container")
Hashable = _Form("Hashable")
Sized = _Form("Sized")
Awaitable = _Form("Awaitable")
Coroutine = _Form("Coroutine")
AsyncIterator = _Form("AsyncIterator")
AsyncIterable = _Form("AsyncIterable")
AsyncGenerator = _Form("AsyncGenerator")
ContextManager = _Form("ContextManager")
SupportsInt = _Form("SupportsInt")
SupportsFloat = _Form("SupportsFloat")
SupportsIndex = _Form("SupportsIndex")
Reversible = _Form("Reversible")
AbstractSet = _Form("AbstractSet")
AnyStr = TypeVar("AnyStr", str, bytes)
Text = str
List, Dict, Set, FrozenSet, Tuple, Type = list, dict, set, frozenset, tuple, type


class _Optional(_Form):
    def __getitem__(self, t):
        return _union(t, None)


Optional = _Optional("Optional")
IO = TextIO = BinaryIO = Pattern = Match = _Form("IO")
TYPE_CHECKING = False


def __getattr__(name):
    import collections
    known = {"DefaultDict": "defaultdict", "OrderedDict": "OrderedDict", "Counter": "Counter", "Deque": "deque", "ChainMap": "ChainMap"}
    if name in known:
        return getattr(collections, known[name])
    raise AttributeError(f"module 'typing' has no attribute '{name}'")


def cast(typ, val):
    return val


def overload(f):
    return f


def final(f):
    return f


def override(f):
    return f


def no_type_check(f):
    return f


def runtime_checkable(cls):
    return cls


def assert_type(val, typ):
    return val


def reveal_type(val):
    return val


def assert_never(val):
    raise AssertionError(f"Expected code to be unreachable, but got: {val!r}")


def NewType(name, tp):
    def new(x):
        return x
    new.__name__ = name
    new.__supertype__ = tp
    return new


def get_origin(tp):
    return getattr(tp, "__origin__", None)


def get_args(tp):
    return getattr(tp, "__args__", ())


def get_type_hints(obj, globalns=None, localns=None, include_extras=False):
    hints = {}
    if isinstance(obj, type):
        for c in reversed(obj.__mro__):
            hints.update(c.__dict__.get("__annotations__") or getattr(c, "__annotations__", {}) if c is not object else {})
        return hints
    return dict(getattr(obj, "__annotations__", {}))


class NamedTupleMeta(type):
    def __new__(mcs, name, bases, ns):
        if name == "NamedTuple":
            return type.__new__(mcs, name, bases, ns)
        from collections import namedtuple
        annotate = ns.get("__annotate__")
        fields = list(annotate(1)) if annotate else []
        defaults = [ns[f] for f in fields if f in ns]
        cls = namedtuple(name, fields, defaults=defaults, module=ns.get("__module__"))
        for k, v in ns.items():
            if k not in fields and k not in ("__qualname__", "__classcell__", "__slots__"):
                setattr(cls, k, v)
        return cls


class NamedTuple(metaclass=NamedTupleMeta):
    def __new__(cls, name, fields=()):
        from collections import namedtuple
        return namedtuple(name, [f for f, _ in fields])


class TypedDict(dict):
    def __init_subclass__(cls, total=True):
        pass
