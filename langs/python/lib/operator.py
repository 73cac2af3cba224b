# The operators as functions.

def lt(a, b): return a < b
def le(a, b): return a <= b
def eq(a, b): return a == b
def ne(a, b): return a != b
def ge(a, b): return a >= b
def gt(a, b): return a > b
def not_(a): return not a
def truth(a): return True if a else False
def is_(a, b): return a is b
def is_not(a, b): return a is not b
def add(a, b): return a + b
def sub(a, b): return a - b
def mul(a, b): return a * b
def truediv(a, b): return a / b
def floordiv(a, b): return a // b
def mod(a, b): return a % b
def pow(a, b): return a ** b
def matmul(a, b): return a @ b
def lshift(a, b): return a << b
def rshift(a, b): return a >> b
def and_(a, b): return a & b
def or_(a, b): return a | b
def xor(a, b): return a ^ b
def neg(a): return -a
def pos(a): return +a
def invert(a): return ~a
inv = invert
def concat(a, b): return a + b
def contains(a, b): return b in a
def getitem(a, b): return a[b]
def setitem(a, b, c): a[b] = c
def delitem(a, b): del a[b]
def index(a): return a.__index__()
abs = abs
def countOf(a, b): return sum(1 for x in a if x is b or x == b)


def indexOf(a, b):
    for i, x in enumerate(a):
        if x is b or x == b:
            return i
    raise ValueError("sequence.index(x): x not in sequence")


def length_hint(obj, default=0):
    try:
        return len(obj)
    except TypeError:
        return default


def iadd(a, b):
    a += b
    return a
def isub(a, b):
    a -= b
    return a
def imul(a, b):
    a *= b
    return a
def itruediv(a, b):
    a /= b
    return a
def ifloordiv(a, b):
    a //= b
    return a
def imod(a, b):
    a %= b
    return a
def ipow(a, b):
    a **= b
    return a
def iand(a, b):
    a &= b
    return a
def ior(a, b):
    a |= b
    return a
def ixor(a, b):
    a ^= b
    return a
def ilshift(a, b):
    a <<= b
    return a
def irshift(a, b):
    a >>= b
    return a
iconcat = iadd


def call(obj, /, *args, **kw):
    return obj(*args, **kw)


def itemgetter(item, *items):
    if not items:
        return lambda obj: obj[item]
    all = (item, *items)
    return lambda obj: tuple([obj[i] for i in all])


def attrgetter(attr, *attrs):
    def one(name):
        parts = name.split(".")
        if len(parts) == 1:
            return lambda obj: getattr(obj, name)

        def get(obj):
            for p in parts:
                obj = getattr(obj, p)
            return obj
        return get
    if not attrs:
        return one(attr)
    getters = [one(a) for a in (attr, *attrs)]
    return lambda obj: tuple([g(obj) for g in getters])


def methodcaller(name, /, *args, **kw):
    return lambda obj: getattr(obj, name)(*args, **kw)
