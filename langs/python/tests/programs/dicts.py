# Dictionaries in hot loops: keys of all sorts, found and missing.
def words(n):
    text = "the quick brown fox jumps over the lazy dog and the cat".split()
    d = {}
    k = 0
    for i in range(n):
        w = text[i % 12]
        d[w] = d.get(w, 0) + 1
        if w in d:
            k += d[w] & 1
        if i in d:
            k += 1
    return sorted(d.items()), k
print(words(3000))
def ints(n):
    d = {}
    for i in range(n):
        d[i & 1023] = i
    s = 0
    for i in range(n):
        s += d[i & 1023]
        try:
            d[-1 - i]
        except KeyError as e:
            s += e.args[0]
    return s
print(ints(3000))
class K:
    def __init__(self, v): self.v = v
    def __hash__(self): return hash(self.v)
    def __eq__(self, o): return self.v == (o.v if isinstance(o, K) else o)
def odd(n):
    d = {K("a"): 1, K(3): 2}
    s = 0
    for i in range(n):
        s += d["a"] + d.get(3) + d.get(i % 5, 7) + ("a" in d) + (i in d)
    return s
print(odd(1000))


class Shared(dict):
    def __missing__(self, k):
        return k * 2


def derived(n):
    d = Shared()
    s = 0
    for i in range(n):
        d[i % 3] = i
        s += d[i % 5] + d.get(i % 7, 1) + (i % 4 in d)
    return s


print(derived(1000))


def strings(n):
    s = ""
    t = "a"
    for i in range(n):
        s = s + t + str(i % 10)
        if len(s) > 50:
            s = ""
    return s


print(strings(1000))


def big(n):
    d = {10**20: "big", 1.5: "half", True: "one", (1, 2): "pair", None: "none"}
    out = []
    for i in range(n):
        out = [d.get(10**20), d[1], d[1.5], d[(1, 2)], d[None], 2**70 in d, d.get(1.0)]
    return out


print(big(500))
