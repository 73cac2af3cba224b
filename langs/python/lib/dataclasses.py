# Classes that are mostly data.
from copy import deepcopy as _deepcopy


class FrozenInstanceError(AttributeError):
    pass


class _Mark:
    def __init__(self, text):
        self._text = text

    def __repr__(self):
        return self._text


MISSING = _Mark("<dataclasses.MISSING>")
KW_ONLY = _Mark("KW_ONLY")
_FACTORY = _Mark("<factory>")


class InitVar:
    def __init__(self, type):
        self.type = type

    def __class_getitem__(cls, type):
        return cls(type)


class Field:
    def __init__(self, default, default_factory, init, repr, hash, compare, metadata, kw_only):
        self.name = None
        self.type = None
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.hash = hash
        self.compare = compare
        self.metadata = metadata or {}
        self.kw_only = kw_only
        self._kind = "field"

    def __repr__(self):
        return (f"Field(name={self.name!r},type={self.type!r},default={self.default!r},default_factory={self.default_factory!r},"
                f"init={self.init!r},repr={self.repr!r},hash={self.hash!r},compare={self.compare!r},metadata={self.metadata!r},"
                f"kw_only={self.kw_only!r})")


def field(*, default=MISSING, default_factory=MISSING, init=True, repr=True, hash=None, compare=True, metadata=None, kw_only=MISSING, doc=None):
    if default is not MISSING and default_factory is not MISSING:
        raise ValueError("cannot specify both default and default_factory")
    return Field(default, default_factory, init, repr, hash, compare, metadata, kw_only)


def _kind(t):
    if isinstance(t, InitVar) or t is InitVar or (isinstance(t, str) and t.split("[")[0].endswith("InitVar")):
        return "initvar"
    name = getattr(t, "_name", None) or getattr(getattr(t, "__origin__", None), "_name", None)
    if name == "ClassVar" or (isinstance(t, str) and t.split("[")[0].endswith("ClassVar")):
        return "classvar"
    return "field"


def _function(cls, name, params, body, space):
    space["__name__"] = cls.__module__
    exec(f"def {name}({params}):\n" + "\n".join(f"    {b}" for b in body), space)
    f = space[name]
    f.__qualname__ = f"{cls.__qualname__}.{name}"
    return f


def _process(cls, init, repr, eq, order, unsafe_hash, frozen, match_args, kw_only, slots):
    fields = {}
    frozen_base = False
    for b in cls.__mro__[-1:0:-1]:
        if "__dataclass_fields__" in b.__dict__:
            fields.update(b.__dict__["__dataclass_fields__"])
            frozen_base = frozen_base or b.__dict__["__dataclass_params__"]["frozen"]
    own_kw = kw_only
    annotations = cls.__annotations__ if "__annotate__" in cls.__dict__ else {}
    for name, t in annotations.items():
        if t is KW_ONLY or t == "KW_ONLY":
            own_kw = True
            continue
        default = cls.__dict__.get(name, MISSING)
        f = default if isinstance(default, Field) else field(default=default)
        f.name, f.type, f._kind = name, t, _kind(t)
        if f.kw_only is MISSING:
            f.kw_only = own_kw
        if isinstance(f.default, (list, dict, set)):
            raise ValueError(f"mutable default {type(f.default)} for field {name} is not allowed: use default_factory")
        if isinstance(default, Field):
            if f.default is MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, f.default)
        fields[name] = f
    for name, v in list(cls.__dict__.items()):
        if isinstance(v, Field) and name not in annotations:
            raise TypeError(f"{name!r} is a field but has no type annotation")
    if frozen_base and not frozen:
        raise TypeError("cannot inherit non-frozen dataclass from a frozen one")
    cls.__dataclass_fields__ = fields
    cls.__dataclass_params__ = {"init": init, "repr": repr, "eq": eq, "order": order, "unsafe_hash": unsafe_hash, "frozen": frozen}
    real = [f for f in fields.values() if f._kind == "field"]
    given = [f for f in fields.values() if f._kind != "classvar" and f.init]
    own = cls.__dict__
    if init and "__init__" not in own:
        space = {"_FACTORY": _FACTORY, "_set": object.__setattr__}
        params, body, seen_default = ["self"], [], None
        ordered = [f for f in given if not f.kw_only]
        named = [f for f in given if f.kw_only]

        def param(f):
            if f.default is not MISSING:
                space[f"_d_{f.name}"] = f.default
                return f"{f.name}=_d_{f.name}"
            if f.default_factory is not MISSING:
                return f"{f.name}=_FACTORY"
            return f.name
        for f in ordered:
            p = param(f)
            if "=" in p:
                seen_default = f
            elif seen_default:
                raise TypeError(f"non-default argument {f.name!r} follows default argument {seen_default.name!r}")
            params.append(p)
        if named:
            params.append("*")
            params.extend(map(param, named))
        for f in real:
            if f.default_factory is not MISSING:
                space[f"_f_{f.name}"] = f.default_factory
                value = f"_f_{f.name}() if {f.name} is _FACTORY else {f.name}" if f.init else f"_f_{f.name}()"
            elif f.init:
                value = f.name
            elif f.default is not MISSING and slots:
                space[f"_d_{f.name}"] = f.default
                value = f"_d_{f.name}"
            else:
                continue
            body.append(f"_set(self, {f.name!r}, {value})" if frozen else f"self.{f.name} = {value}")
        if hasattr(cls, "__post_init__"):
            body.append(f"self.__post_init__({', '.join(f.name for f in given if f._kind == 'initvar')})")
        cls.__init__ = _function(cls, "__init__", ", ".join(params), body or ["pass"], space)
    if repr and "__repr__" not in own:
        shown = ", ".join(f"{f.name}={{self.{f.name}!r}}" for f in real if f.repr)
        body = [f"if id(self) in _busy: return '...'", "_busy.add(id(self))",
                f"try: return f\"{{type(self).__qualname__}}({shown})\"", "finally: _busy.discard(id(self))"]
        cls.__repr__ = _function(cls, "__repr__", "self", body, {"_busy": set()})
    compared = [f for f in real if f.compare]

    def tuple_of(who):
        return "(" + "".join(f"{who}.{f.name}," for f in compared) + ")"
    if eq and "__eq__" not in own:
        terms = " and ".join(f"self.{f.name} == other.{f.name}" for f in compared) or "True"
        body = ["if self is other: return True", f"if other.__class__ is self.__class__: return {terms}", "return NotImplemented"]
        cls.__eq__ = _function(cls, "__eq__", "self, other", body, {})
    if order:
        if not eq:
            raise ValueError("eq must be true if order is true")
        for name, op in (("__lt__", "<"), ("__le__", "<="), ("__gt__", ">"), ("__ge__", ">=")):
            if name in own:
                raise TypeError(f"Cannot overwrite attribute {name} in class {cls.__name__}. Consider using functools.total_ordering")
            body = [f"if other.__class__ is self.__class__: return {tuple_of('self')} {op} {tuple_of('other')}", "return NotImplemented"]
            setattr(cls, name, _function(cls, name, "self, other", body, {}))
    if frozen:
        def __setattr__(self, name, value):
            if type(self) is cls or name in fields:
                raise FrozenInstanceError(f"cannot assign to field {name!r}")
            super(cls, self).__setattr__(name, value)

        def __delattr__(self, name):
            if type(self) is cls or name in fields:
                raise FrozenInstanceError(f"cannot delete field {name!r}")
            super(cls, self).__delattr__(name)
        cls.__setattr__, cls.__delattr__ = __setattr__, __delattr__
    explicit_hash = "__hash__" in own and not (own["__hash__"] is None and "__eq__" in own)
    if unsafe_hash or (eq and frozen and not explicit_hash):
        hashed = "".join(f"self.{f.name}," for f in real if (f.compare if f.hash is None else f.hash))
        cls.__hash__ = _function(cls, "__hash__", "self", [f"return hash(({hashed}))"], {})
    elif eq and not explicit_hash:
        cls.__hash__ = None
    if match_args and "__match_args__" not in own:
        cls.__match_args__ = tuple(f.name for f in given if not f.kw_only)
    if "__replace__" not in own:
        cls.__replace__ = lambda self, /, **changes: replace(self, **changes)
    if slots:
        ns = {k: v for k, v in cls.__dict__.items() if k not in fields and k not in ("__dict__", "__weakref__")}
        inherited = {s for b in cls.__mro__[1:] for s in b.__dict__.get("__slots__", ())}
        ns["__slots__"] = tuple(f.name for f in real if f.name not in inherited)
        new = type(cls)(cls.__name__, cls.__bases__, ns)
        new.__qualname__ = cls.__qualname__
        return new
    return cls


def dataclass(cls=None, /, *, init=True, repr=True, eq=True, order=False, unsafe_hash=False, frozen=False, match_args=True, kw_only=False,
              slots=False, weakref_slot=False):
    def wrap(cls):
        return _process(cls, init, repr, eq, order, unsafe_hash, frozen, match_args, kw_only, slots)
    return wrap if cls is None else wrap(cls)


def fields(class_or_instance):
    all = getattr(class_or_instance, "__dataclass_fields__", None)
    if all is None:
        raise TypeError("must be called with a dataclass type or instance")
    return tuple(f for f in all.values() if f._kind == "field")


def is_dataclass(obj):
    return hasattr(obj if isinstance(obj, type) else type(obj), "__dataclass_fields__")


def asdict(obj, *, dict_factory=dict):
    if not is_dataclass(obj) or isinstance(obj, type):
        raise TypeError("asdict() should be called on dataclass instances")
    return _as(obj, lambda o: dict_factory([(f.name, _as_inner(getattr(o, f.name), dict_factory)) for f in fields(o)]))


def _as(obj, f):
    return f(obj)


def _as_inner(v, dict_factory):
    if is_dataclass(v) and not isinstance(v, type):
        return asdict(v, dict_factory=dict_factory)
    if isinstance(v, tuple) and hasattr(v, "_fields"):
        return type(v)(*[_as_inner(x, dict_factory) for x in v])
    if isinstance(v, (list, tuple)):
        return type(v)([_as_inner(x, dict_factory) for x in v])
    if isinstance(v, dict):
        return type(v)([(_as_inner(k, dict_factory), _as_inner(x, dict_factory)) for k, x in v.items()])
    return _deepcopy(v)


def astuple(obj, *, tuple_factory=tuple):
    if not is_dataclass(obj) or isinstance(obj, type):
        raise TypeError("astuple() should be called on dataclass instances")

    def inner(v):
        if is_dataclass(v) and not isinstance(v, type):
            return astuple(v, tuple_factory=tuple_factory)
        if isinstance(v, (list, tuple)):
            return type(v)([inner(x) for x in v])
        if isinstance(v, dict):
            return type(v)([(inner(k), inner(x)) for k, x in v.items()])
        return _deepcopy(v)
    return tuple_factory([inner(getattr(obj, f.name)) for f in fields(obj)])


def replace(obj, /, **changes):
    if not is_dataclass(obj) or isinstance(obj, type):
        raise TypeError("replace() should be called on dataclass instances")
    for f in obj.__dataclass_fields__.values():
        if f._kind == "classvar":
            continue
        if not f.init:
            if f.name in changes:
                raise TypeError(f"field {f.name} is declared with init=False, it cannot be specified with replace()")
            continue
        if f.name not in changes:
            if f._kind == "initvar" and f.default is MISSING:
                raise TypeError(f"InitVar {f.name!r} must be specified with replace()")
            changes[f.name] = getattr(obj, f.name)
    return type(obj)(**changes)


def make_dataclass(cls_name, fields, *, bases=(), namespace=None, **kw):
    ns = dict(namespace or {})
    types = {}
    for f in fields:
        if isinstance(f, str):
            types[f] = "typing.Any"
        else:
            types[f[0]] = f[1]
            if len(f) == 3:
                ns[f[0]] = f[2]
    ns["__annotate__"] = lambda format: types
    return dataclass(type(cls_name, bases, ns), **kw)
