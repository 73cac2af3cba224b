# Enumerations.
from types import DynamicClassAttribute


class auto:
    def __init__(self, value=None):
        self.value = value

    def __or__(self, other):
        return self.value | other


class nonmember:
    def __init__(self, value):
        self.value = value


class member(nonmember):
    pass


class _Dict(dict):
    """The namespace of an enumeration's body: notes its members in order."""

    def __init__(self, cls_name):
        dict.__init__(self)
        self._names = {}
        self._last = []
        self._ignore = []
        self._auto = None
        self._cls = cls_name

    def __setitem__(self, key, value):
        if key == "_ignore_":
            self._ignore = value.replace(",", " ").split() if isinstance(value, str) else list(value)
        elif key == "_generate_next_value_":
            self._auto = value.__func__ if isinstance(value, staticmethod) else value
        elif key in self._ignore or (key.startswith("_") and key.endswith("_")) or key.startswith(f"_{self._cls}__"):
            pass
        elif isinstance(value, member) or not (hasattr(value, "__get__") or isinstance(value, (nonmember, classmethod, staticmethod, property, type))):
            if key in self._names:
                raise TypeError(f"{key!r} already defined as {dict.__getitem__(self, key)!r}")
            if isinstance(value, nonmember):
                value = value.value
            if isinstance(value, auto):
                if value.value is None:
                    value.value = self._next(key)
                value = value.value
            elif isinstance(value, tuple) and any(isinstance(v, auto) for v in value):
                value = tuple(self._next(key) if isinstance(v, auto) else v for v in value)
            self._names[key] = True
            self._last.append(value)
        elif key in self._names:
            raise TypeError(f"{key!r} already defined as {dict.__getitem__(self, key)!r}")
        dict.__setitem__(self, key, value.value if type(value) is nonmember else value)

    def _next(self, key):
        f = self._auto or Enum._generate_next_value_
        return f(key, 1, len(self._names), self._last[:])


class EnumType(type):
    @classmethod
    def __prepare__(mcs, name, bases, **kw):
        ns = _Dict(name)
        for b in bases:
            f = getattr(b, "_generate_next_value_", None)
            if f is not None:
                ns._auto = f
                break
        return ns

    def __new__(mcs, name, bases, ns, *, boundary=None, **kw):
        names = list(getattr(ns, "_names", ()))
        for b in bases:
            if getattr(b, "_member_map_", None):
                raise TypeError(f"<enum {name!r}> cannot extend {b!r}")
        plain = {k: v for k, v in dict.items(ns) if k not in names and k != "_ignore_"}
        if "_generate_next_value_" in plain and not isinstance(plain["_generate_next_value_"], staticmethod):
            plain["_generate_next_value_"] = staticmethod(plain["_generate_next_value_"])
        create = plain.pop("__new__", None)
        cls = super().__new__(mcs, name, bases, plain, **kw)
        if create is None:
            for b in bases:
                create = b.__dict__.get("_create_") or create
                if create is not None:
                    break
        if isinstance(create, staticmethod):
            create = create.__func__
        cls._create_ = staticmethod(create) if create else None
        cls._member_names_ = []
        cls._member_map_ = {}
        cls._value2member_map_ = {}
        data = None
        for c in cls.__mro__[1:]:
            if not isinstance(c, EnumType) and c is not object and not c.__dict__.get("_mixin_only_"):
                for base in (int, str, float, tuple, bytes):
                    if issubclass(c, base):
                        data = c
                        break
                if data:
                    break
        cls._member_type_ = data or object
        if data is not None:
            # The first enumeration in the MRO decides how members look, not the type of their values.
            for n in ("__repr__", "__str__", "__format__", "__hash__"):
                if n not in plain:
                    for c in cls.__mro__[1:]:
                        if isinstance(c, EnumType) and n in c.__dict__:
                            type.__setattr__(cls, n, c.__dict__[n])
                            break
        for n in names:
            value = ns[n]
            args = value if isinstance(value, tuple) and data is not tuple else (value,)
            if create is not None:
                m = create(cls, *args)
            elif data is not None:
                m = data.__new__(cls, *args)
            else:
                m = object.__new__(cls)
            if not hasattr(m, "_value_"):
                m._value_ = value if data is None or create else (value if data is object else data(*args))
            value = m._value_
            m._name_ = n
            init = getattr(cls, "__init__", None)
            if init is not object.__init__ and type(init) is type(lambda: 0):
                init(m, *args)
            alias = None
            try:
                alias = cls._value2member_map_.get(value)
            except TypeError:
                for other in cls._member_map_.values():
                    if other._value_ == value:
                        alias = other
            if alias is None and issubclass(cls, _flag()) and isinstance(value, int) and (value == 0 or value & (value - 1)):
                m._alias_ = True
            if alias is not None:
                m = alias
            else:
                m._order_ = len(cls._member_map_)
                if not getattr(m, "_alias_", False):
                    cls._member_names_.append(n)
                try:
                    cls._value2member_map_[value] = m
                except TypeError:
                    pass
            cls._member_map_[n] = m
            type.__setattr__(cls, n, m)
        return cls

    def __call__(cls, value=None, *args, **kw):
        if not cls._member_map_ and args or (not cls._member_map_ and isinstance(value, str) and cls in _bases()):
            return _functional(cls, value, *args, **kw)
        if args:
            value = (value, *args)
        return cls.__lookup(value)

    def __lookup(cls, value):
        if type(value) is cls:
            return value
        try:
            return cls._value2member_map_[value]
        except KeyError:
            pass
        except TypeError:
            for m in cls._member_map_.values():
                if m._value_ == value:
                    return m
        r = cls._missing_(value)
        if isinstance(r, cls):
            return r
        if r is None:
            raise ValueError(f"{value!r} is not a valid {cls.__qualname__}")
        raise TypeError(f"error in {cls.__name__}._missing_: returned {r!r} instead of None or a valid member")

    def __getitem__(cls, name):
        return cls._member_map_[name]

    def __iter__(cls):
        return iter([cls._member_map_[n] for n in cls._member_names_])

    def __reversed__(cls):
        return iter([cls._member_map_[n] for n in reversed(cls._member_names_)])

    def __len__(cls):
        return len(cls._member_names_)

    def __bool__(cls):
        return True

    def __contains__(cls, value):
        if isinstance(value, cls):
            return True
        try:
            return value in cls._value2member_map_
        except TypeError:
            return any(m._value_ == value for m in cls._member_map_.values())

    def __setattr__(cls, name, value):
        if name in cls.__dict__.get("_member_map_", {}):
            raise AttributeError(f"cannot reassign member {name!r}")
        type.__setattr__(cls, name, value)

    @property
    def __members__(cls):
        return dict(cls._member_map_)

    def __repr__(cls):
        return f"<flag {cls.__name__!r}>" if Flag is not None and issubclass(cls, Flag) else f"<enum {cls.__name__!r}>"


EnumMeta = EnumType
Flag = None


def _flag():
    return Flag if Flag is not None else ()


def _bases():
    return (Enum, IntEnum, StrEnum, Flag, IntFlag)


def _functional(cls, name, names, *, module=None, qualname=None, type=None, start=1):
    ns = EnumType.__prepare__(name, (cls,))
    if isinstance(names, str):
        names = names.replace(",", " ").split()
    if hasattr(names, "items"):
        names = list(names.items())
    for i, n in enumerate(names):
        if isinstance(n, str):
            ns[n] = auto() if start == 1 else start + i
        else:
            ns[n[0]] = n[1]
    bases = (cls,) if type is None else (type, cls)
    return EnumType.__new__(EnumType, name, bases, ns)


class Enum(metaclass=EnumType):
    @staticmethod
    def _generate_next_value_(name, start, count, last_values):
        if not last_values:
            return start
        ints = [v for v in last_values if isinstance(v, int)]
        return max(ints) + 1 if ints else start

    @classmethod
    def _missing_(cls, value):
        return None

    @property
    def name(self):
        return self._name_

    @property
    def value(self):
        return self._value_

    def __repr__(self):
        return f"<{type(self).__name__}.{self._name_}: {self._value_!r}>"

    def __str__(self):
        return f"{type(self).__name__}.{self._name_}"

    def __format__(self, spec):
        return format(str(self), spec)

    def __hash__(self):
        return hash(self._name_)

    def __dir__(self):
        return ["__class__", "__doc__", "__module__", "name", "value"]

    def __reduce_ex__(self, proto):
        return type(self), (self._value_,)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


class ReprEnum(Enum):
    pass


class IntEnum(int, ReprEnum):
    def __str__(self):
        return int.__repr__(self)

    def __format__(self, spec):
        return int.__format__(self, spec)

    __hash__ = int.__hash__


class StrEnum(str, ReprEnum):
    @staticmethod
    def _generate_next_value_(name, start, count, last_values):
        return name.lower()

    def __str__(self):
        return str.__str__(self)

    def __format__(self, spec):
        return str.__format__(self, spec)

    __hash__ = str.__hash__


class Flag(Enum):
    @staticmethod
    def _generate_next_value_(name, start, count, last_values):
        if not last_values:
            return start
        return 1 << max(last_values).bit_length()

    @classmethod
    def _missing_(cls, value):
        if not isinstance(value, int):
            raise ValueError(f"{value!r} is not a valid {cls.__qualname__}")
        known = 0
        for m in cls._member_map_.values():
            known |= m._value_
        if value < 0:
            value &= known
        if value & ~known:
            width = max(known.bit_length(), value.bit_length())
            raise ValueError(f"{cls!r} invalid value {value}\n    given {value:#0{width + 3}b}\n  allowed {known:#0{width + 3}b}")
        if value in cls._value2member_map_:
            return cls._value2member_map_[value]
        m = int.__new__(cls, value) if issubclass(cls, int) else object.__new__(cls)
        m._value_ = value
        m._name_ = "|".join(x._name_ for x in cls._parts(value)) or None
        cls._value2member_map_[value] = m
        return m

    @classmethod
    def _parts(cls, value):
        return [m for m in cls if m._value_ & value]

    @staticmethod
    def _of(x):
        return x._value_ if isinstance(x, Flag) else x

    def __contains__(self, other):
        return other._value_ & self._value_ == other._value_

    def __iter__(self):
        return iter(type(self)._parts(self._value_))

    def __len__(self):
        return self._value_.bit_count()

    def __bool__(self):
        return bool(self._value_)

    def _op(self, other, f):
        if isinstance(other, type(self)) or (isinstance(self, int) and isinstance(other, int)):
            return type(self)(f(self._value_, Flag._of(other)))
        return NotImplemented

    def __or__(self, other):
        return self._op(other, lambda a, b: a | b)

    def __and__(self, other):
        return self._op(other, lambda a, b: a & b)

    def __xor__(self, other):
        return self._op(other, lambda a, b: a ^ b)

    __ror__, __rand__, __rxor__ = __or__, __and__, __xor__

    def __invert__(self):
        known = 0
        for m in type(self):
            known |= m._value_
        return type(self)(known & ~self._value_)

    def __repr__(self):
        if self._name_ is None:
            return f"<{type(self).__name__}: {self._value_}>"
        return f"<{type(self).__name__}.{self._name_}: {self._value_}>"

    def __str__(self):
        return f"{type(self).__name__}({self._value_})" if self._name_ is None else f"{type(self).__name__}.{self._name_}"


class IntFlag(int, Flag):
    @classmethod
    def _missing_(cls, value):
        if value in cls._value2member_map_:
            return cls._value2member_map_[value]
        m = int.__new__(cls, value)
        m._value_ = value
        m._name_ = "|".join(x._name_ for x in cls._parts(value)) or None
        cls._value2member_map_[value] = m
        return m

    def __str__(self):
        return int.__repr__(self)

    def __format__(self, spec):
        return int.__format__(self, spec)

    __hash__ = int.__hash__
    __or__, __and__, __xor__ = Flag.__or__, Flag.__and__, Flag.__xor__
    __ror__, __rand__, __rxor__ = __or__, __and__, __xor__
    __invert__ = Flag.__invert__


def unique(cls):
    aliases = [f"{n} -> {m.name}" for n, m in cls.__members__.items() if n != m.name]
    if aliases:
        raise ValueError(f"duplicate values found in {cls!r}: {', '.join(aliases)}")
    return cls


def verify(*checks):
    return lambda cls: cls


def global_enum(cls):
    return cls


UNIQUE, CONTINUOUS, NAMED_FLAGS = "unique", "continuous", "named flags"
STRICT, CONFORM, EJECT, KEEP = "strict", "conform", "eject", "keep"
property = DynamicClassAttribute
