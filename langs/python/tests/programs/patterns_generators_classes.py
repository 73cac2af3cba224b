# match
class Point:
    __match_args__ = ("x", "y")
    def __init__(self, x, y): self.x = x; self.y = y
def f(v):
    match v:
        case 0 | 1: return "small"
        case int(n) if n > 100: return f"big {n}"
        case str() as s: return "str " + s
        case []: return "empty"
        case [x]: return f"one {x}"
        case [1, *rest, 9]: return f"rest {rest}"
        case (a, b): return f"pair {a} {b}"
        case {"k": v, **r}: return f"map {v} {r}"
        case Point(0, y=yy): return f"P0 {yy}"
        case Point(x, y): return f"P {x} {y}"
        case None: return "none"
        case True: return 'true'
        case float(q): return f"float {q}"
        case -5: return 'm5'
        case _: return "other"
for v in [0, 1, 5, 500, "hi", [], [3], [1,2,3,9], (4,5), {"k":1,"z":2}, Point(0,2), Point(3,4), None, True, 2.5, -5, {1}, {}, b'ab']:
    print(v if not isinstance(v, Point) else 'P', f(v))
# generators
def g():
    try:
        while True:
            try:
                r = yield 1
                print("got", r)
            except ValueError as e:
                print("caught", e)
                yield "v"
    finally:
        print("fin")
    return 5
x = g()
print(next(x), x.send(3), x.throw(ValueError("a")), next(x))
x.close()
x.close()
def inner():
    try:
        a = yield 1
        print('inner', a)
        b = yield 2
        print('inner', b)
    except KeyError as e:
        print("inner caught", repr(e))
        yield 33
    return "res"
def outer():
    r = yield from inner()
    print("r", r)
    return r
o = outer()
print(next(o), o.send("A"), o.throw(KeyError("k")))
try: next(o)
except StopIteration as e: print("stop", e.value)
def outer2():
    yield from [1,2]
    yield from iter((3,))
print(list(outer2()))
def gg():
    yield 1
try:
    q = gg(); q.send(1)
except TypeError as e: print(e)
def ctx():
    try:
        raise ValueError(1)
    except ValueError:
        yield 1
        yield 2
c = ctx()
try:
    1/0
except ZeroDivisionError as e:
    next(c); 
    try:
        raise
    except ZeroDivisionError as z: print('z', z)
    next(c)
try:
    raise KeyError(1)
except KeyError as e:
    print(repr(e.__context__))
# except*
def eg():
    try:
        raise ExceptionGroup("g", [ValueError(1), TypeError(2), ExceptionGroup("h", [ValueError(3), OSError(4)])])
    except* ValueError as e:
        print("VE", e.exceptions)
    except* TypeError as e:
        print("TE", e.exceptions)
try: eg()
except ExceptionGroup as e: print(repr(e), e.exceptions[0])
try:
    try: raise ValueError(9)
    except* ValueError as e: print(repr(e))
finally: print('done')
# class machinery
class Meta(type):
    def __new__(m, name, bases, ns, **kw):
        print("new", name, kw)
        return super().__new__(m, name, bases, ns)
    def __init__(cls, name, bases, ns, **kw):
        super().__init__(name, bases, ns)
    def __call__(cls, *a, **k):
        print("call", a, k)
        return super().__call__(*a, **k)
    def __len__(cls): return 42
    def __iter__(cls): return iter([1,2])
    def __getitem__(cls, k): return k * 2
    def __contains__(cls, k): return k == 7
    @property
    def prop(cls): return cls.__name__ + "!"
class A(metaclass=Meta, flag=1):
    def __init__(self, v=0): self.v = v
class B(A): pass
print(len(B), list(B), B[4], 7 in B, 8 in B, B.prop, B(3).v, type(B), isinstance(B, Meta))
class Base:
    subs = []
    def __init_subclass__(cls, /, tag=None, **kw):
        super().__init_subclass__(**kw)
        cls.subs.append((cls.__name__, tag))
class S1(Base, tag="x"): pass
class S2(S1): pass
print(Base.subs)
class D:
    def __set_name__(self, owner, name): self.name = name; print("set_name", owner.__name__, name)
    def __get__(self, o, t=None): return self if o is None else o.__dict__.get(self.name, "dflt")
    def __set__(self, o, v): o.__dict__[self.name] = v * 2
class U:
    d = D()
u = U(); print(u.d); u.d = 4; print(u.d, u.__dict__)
class SL:
    __slots__ = ("a", "b")
s = SL(); s.a = 1; print(s.a)
try: s.c = 2
except AttributeError as e: print("AE")
class MyList(list):
    def total(self): return sum(self)
    def __getitem__(self, i): return list.__getitem__(self, i) + 100
m = MyList([1,2,3]); m.append(4); print(m, len(m), m.total(), m[0], isinstance(m, list), m + [5], m == [1,2,3,4], type(m).__mro__)
class MyInt(int):
    def __add__(self, o): return MyInt(int(self) + int(o) + 1)
    def __repr__(self): return f"MyInt({int(self)})"
print(MyInt(3) + 4, MyInt(3) * 2, MyInt("12"), MyInt(5) == 5, {MyInt(5): 1}[5], range(MyInt(3)), [1,2,3][MyInt(1)])
class MyStr(str):
    def shout(self): return self.upper() + "!"
print(MyStr("ab").shout(), MyStr("x") + "y", f"{MyStr('q'):>4}|", "-".join([MyStr("1"), "2"]))
class DD(dict):
    def __missing__(self, k): self[k] = r = k * 2; return r
d = DD(a=1); print(d["a"], d["b"], d, dict(d), len(d), list(d.items()), "b" in d)
class E(Exception):
    def __init__(self, a, b): super().__init__(a, b); self.a = a
try: raise E(1, 2)
except E as e: print(e, e.args, e.a, repr(e))
class T(tuple):
    def __new__(cls, a, b): return super().__new__(cls, (a, b))
print(T(1,2), T(1,2)[1], T(1, 2) == (1, 2))
