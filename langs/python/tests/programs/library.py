# The library modules: what they print.
import collections, itertools, functools, operator, random, string, json, os, os.path, dataclasses, enum, typing, abc, contextlib, copy, bisect, heapq, io, struct, sys, math, time, textwrap, statistics
FILE = f"/tmp/twofold-library-test-{os.getpid()}.txt"
from collections import deque, defaultdict, OrderedDict, Counter, namedtuple, ChainMap
d = deque([1,2,3], maxlen=3); d.append(4); d.appendleft(0); print(d, d[1], len(d), list(reversed(d)), 2 in d)
dd = defaultdict(list); dd['a'].append(1); print(dd, dd['b'])
c = Counter("abracadabra"); print(c.most_common(2), c['z'], c + Counter("ab"), sorted(c.elements()))
P = namedtuple("P", "x y z", defaults=[9]); p = P(1, 2); print(p, p.x, p._replace(y=5), p._asdict(), P._fields, p == (1,2,9), isinstance(p, tuple))
x, y, z = p; print(x, y, z)
od = OrderedDict(a=1, b=2); od.move_to_end('a'); print(list(od))
print(list(itertools.chain([1],[2,3])), list(itertools.islice(itertools.count(5, 2), 3)), list(itertools.product("ab", repeat=2))[:3], list(itertools.permutations(range(3), 2)), list(itertools.combinations("abcd", 2)), list(itertools.groupby("aabbc"))[0][0], [(k, list(g)) for k, g in itertools.groupby("aabbc")], list(itertools.accumulate([1,2,3])), list(itertools.zip_longest("ab", "c", fillvalue="-")), list(itertools.takewhile(lambda x: x < 3, range(9))), list(itertools.starmap(pow, [(2,3),(3,2)])), list(itertools.pairwise("abc")))
@functools.lru_cache(maxsize=None)
def fib(n): return n if n < 2 else fib(n-1) + fib(n-2)
print(fib(80), fib.cache_info(), functools.reduce(operator.add, [1,2,3]), functools.partial(int, base=2)("101"))
@functools.total_ordering
class V:
    def __init__(self, v): self.v = v
    def __eq__(self, o): return self.v == o.v
    def __lt__(self, o): return self.v < o.v
print(V(1) <= V(2), V(3) > V(2), V(3) >= V(3))
def deco(f):
    @functools.wraps(f)
    def w(*a): return f(*a)
    return w
@deco
def named(): "doc"
print(named.__name__, named.__doc__, named.__wrapped__)if 0 else print(named.__name__, named.__doc__)
random.seed(42); print([random.random() for _ in range(3)], random.randint(1, 100), random.choice("abc"), random.sample(range(100), 5), random.gauss(0, 1), random.getrandbits(70))
l = list(range(10)); random.shuffle(l); print(l)
random.seed("hello"); print(random.random())
print(json.dumps({"a": [1, 2.5, None, True, "x\n\u00e9"], "b": {}}), json.dumps([1,{"k":2}], indent=2), json.loads('{"a": [1, 2.5e3, null, "\\u00e9\\n"], "b": {"c": false}}'))
try: json.loads('{"a": }')
except json.JSONDecodeError as e: print(e)
@dataclasses.dataclass(order=True)
class DC:
    a: int
    b: str = "x"
    c: list = dataclasses.field(default_factory=list, compare=False)
print(DC(1), DC(1) == DC(1, "x"), DC(1) < DC(2), dataclasses.asdict(DC(3, c=[1])), dataclasses.replace(DC(1), b="q"), [f.name for f in dataclasses.fields(DC)])
@dataclasses.dataclass(frozen=True)
class FR:
    x: int
try: FR(1).x = 2
except dataclasses.FrozenInstanceError as e: print("frozen", e)
print(hash(FR(1)) == hash(FR(1)), {FR(1): 2}[FR(1)])
class Color(enum.Enum):
    RED = 1
    GREEN = enum.auto()
    BLUE = 7
    CRIMSON = 1
    def desc(self): return self.name.lower()
print(Color.RED, repr(Color.GREEN), Color(7), Color["BLUE"], list(Color), Color.RED is Color.CRIMSON, Color.RED.desc(), len(Color), Color.RED in Color, Color.RED == 1, {Color.RED: 1}[Color.RED])
try: Color(99)
except ValueError as e: print(e)
class Num(enum.IntEnum):
    A = 1
    B = 2
print(Num.A + 1, Num.B > Num.A, f"{Num.A}", Num.A, repr(Num.B), [10,20,30][Num.B])
class Perm(enum.Flag):
    R = 4
    W = 2
    X = 1
print(Perm.R | Perm.W, Perm.R in (Perm.R | Perm.X), repr(Perm.R | Perm.X), bool(Perm.R & Perm.W), ~Perm.R)
class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self): ...
class Sq(Shape):
    def area(self): return 4
try: Shape()
except TypeError as e: print("abstract")
print(Sq().area(), isinstance(Sq(), Shape))
from collections.abc import Iterable, Sequence, Mapping, Callable, Hashable
print(isinstance([], Iterable), isinstance([], Sequence), isinstance({}, Mapping), isinstance(len, Callable), isinstance([], Hashable), isinstance(3, Iterable))
@contextlib.contextmanager
def cm(x):
    print("enter", x)
    try: yield x * 2
    finally: print("exit")
with cm(4) as v: print(v)
with contextlib.suppress(KeyError): {}["a"]
with contextlib.ExitStack() as st: print(st.enter_context(cm(1)))
b = io.StringIO()
with contextlib.redirect_stdout(b): print("captured")
print(repr(b.getvalue()))
a = [1, [2, 3], {"k": [4]}]; q = copy.deepcopy(a); q[1].append(9); print(a, q, copy.copy(a)[1] is a[1])
class Node:
    def __init__(self, v): self.v = v; self.me = self
n = copy.deepcopy(Node([1])); print(n.v, n.me is n)
print(bisect.bisect([1,3,5], 3), bisect.bisect_left([1,3,5], 3))
h = [5,2,8,1]; heapq.heapify(h); heapq.heappush(h, 0); print([heapq.heappop(h) for _ in range(5)], heapq.nlargest(2, [1,5,3]), heapq.nsmallest(2, [4,1,9]), list(heapq.merge([1,4],[2,3])))
print(struct.pack("<IhB", 1, -2, 3), struct.unpack("<IhB", b'\x01\x00\x00\x00\xfe\xff\x03'), struct.calcsize("iq"), struct.pack(">d", 1.5), struct.unpack("<f", struct.pack("<f", 0.1)))
print(string.ascii_lowercase, string.Template("$a ${b}").substitute(a=1, b=2))
print(math.sqrt(2), math.floor(-1.5), math.gcd(12, 18), math.factorial(20), math.comb(10, 3), math.isclose(0.1+0.2, 0.3), math.log(8, 2), math.hypot(3, 4), math.fsum([.1]*10), math.prod([1,2,3]), math.isqrt(99), math.pi, math.inf, math.modf(3.25), math.frexp(8.0), math.ldexp(0.5, 4), math.copysign(1, -0.0), math.trunc(-2.7), math.degrees(math.pi), math.atan2(1, 1), math.exp(1), math.log10(1000), math.log2(8), math.lcm(4, 6), math.perm(5, 2), math.dist((0,0),(3,4)), math.erf(0.5), math.gamma(5), math.ulp(1.0), math.nextafter(1, 2), math.remainder(7, 3))
for f, x in [(math.sqrt, -1), (math.log, 0), (math.exp, 1000), (math.acos, 2)]:
    try: f(x)
    except (ValueError, OverflowError) as e: print(type(e).__name__, e)
with open(FILE, "w") as f: f.write("line1\nline2\n")
with open(FILE) as f: print(f.read().split()); 
with open(FILE) as f:
    for line in f: print(repr(line))
print(os.path.join("a", "b"), os.path.basename("/x/y.z"), os.path.splitext("a.tar.gz"), os.path.exists(FILE), os.path.normpath("a/../b/./c"))
os.remove(FILE)
try: open("/nonexistent")
except FileNotFoundError as e: print(e, e.errno, e.filename)
print(textwrap.dedent("  a\n    b\n"), statistics.mean([1,2,3,4]), statistics.median([1,3,2]), statistics.stdev([1,2,3,4]))
print(eval("1 + 2"), eval("x * 2", {"x": 5}))
ns = {}; exec("def f(a):\n    return a + k\nk = 3\nr = f(4)", ns); print(ns["r"], sorted(k for k in ns if not k.startswith("__")))
def loc(a, b=2):
    c = a + b
    return locals()
print(loc(1), eval("p.x + 1"), "p" in globals(), globals()["__name__"], __name__)
def ev(q): return eval("q + 1")
print(ev(4))
exec("zz = 5"); print(zz)
print(sys.maxsize, sys.version_info >= (3, 8), sys.argv[1:], sys.platform, sys.byteorder)
print("{:>10}|{:<5}|{:^7}|{:+d}|{:,}|{:.3f}|{:x}|{:#b}|{:e}|{:%}".format("a", "b", "c", 5, 1234567, 3.14159, 255, 5, 12345.678, 0.25), "{0}{1}{0} {a[0]} {b.real}".format(1, 2, a=[7], b=3))
print("%5d|%-5s|%05.1f|%x|%r|%%|%c|%+d" % (3, "a", 2.55, 255, "q", "z", 4), "%(a)s" % {"a": 1})
print(f"{3.14159:.2f} {'x'!r:>5} {5=} {1+1 = } {[1,2]!s} {'a' 'b'} {{}} {3:{4}}")
print(int("ff", 16), int("0b11", 0), int(" 12 "), float("1e3"), round(2.5), round(-2.567, 2), round(1234, -2), divmod(-7, 2), pow(2, 10, 1000), pow(3, -1, 7), abs(-3), bin(10), hex(255), oct(8), chr(97), ord("a"), ascii("é"), hash(1) == hash(1.0))
print(sorted([3,1,2], reverse=True), list(zip([1,2],[3,4])), list(map(lambda a, b: a + b, [1,2],[3,4])), list(filter(None, [0,1,2])), list(enumerate("ab", 1)), list(reversed([1,2])), any([0,1]), all([]), sum([[1],[2]], []), min(3,1,2), max([1,5], key=lambda v: -v), min([], default=7), list(iter(iter([1,2,3]).__next__, 3)))
for bad in ["int('x')", "[][1]", "{}['k']", "None.x", "1 + 'a'", "len(3)", "'a'.foo", "int()()", "(1,2)[5]", "'abc'[10]", "range(3)[9]", "float('q')", "chr(-1)", "ord('ab')", "next(iter([]))", "sum('a')", "list(zip([1],[1,2],strict=True))", "{}.popitem()", "[].pop()", "set().pop()", "'a'.join([1])", "b'a' + 'a'", "iter(3)", "isinstance(1, 2)", "object().x", "(lambda a: a)()", "(lambda a: a)(1, 2)", "(lambda *, k: k)()", "(lambda a, b: a)(1)", "(lambda a: a)(b=1)", "[1] < ['a']", "{[]: 1}", "hash([])", "2 ** 'a'", "-'a'", "~1.5", "'%d' % 'a'", "'{}'.format()", "int([])", "''.split('')", "bytes([300])", "'é'.encode('ascii')", "b'\\xff'.decode()", "eval('1 +')", "setattr(1, 'a', 2)", "abs('a')", "range(1.5)", "type('a')()()", "zip(1)", "[].index(1)", "(1).index(1)", "[].remove(1)"]:
    try: print(eval(bad))
    except Exception as e: print(bad, "->", type(e).__name__, e)
