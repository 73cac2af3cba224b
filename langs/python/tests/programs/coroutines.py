# Coroutines driven by hand.
class Wait:
    def __init__(self, v): self.v = v
    def __await__(self):
        r = yield self.v
        return r
async def inner(n):
    r = await Wait(n)
    return r * 2
async def outer():
    total = 0
    for i in range(3):
        total += await inner(i)
    return total
def drive(c, values):
    out, it = [], iter(values)
    try:
        v = None
        while True:
            out.append(c.send(v)); v = next(it)
    except StopIteration as e:
        return out, e.value
print(drive(outer(), [10, 20, 30]))
class ACM:
    async def __aenter__(self): print("aenter", await Wait("e")); return 5
    async def __aexit__(self, t, v, tb): print("aexit", t and t.__name__, await Wait("x")); return True
async def withs():
    async with ACM() as v:
        print("body", v)
        raise KeyError(1)
    return "done"
print(drive(withs(), ["a", "b", "c"]))
async def agen(n):
    for i in range(n):
        r = await Wait(i)
        yield (i, r)
async def loops():
    out = []
    async for x in agen(3):
        out.append(x)
    else:
        out.append("else")
    out.append([y async for y in agen(2) if y[0]])
    out.append({k: v async for k, v in agen(2)})
    return out
print(drive(loops(), range(100, 120)))
async def fails():
    try:
        await Wait(1)
    except ValueError as e:
        print("caught", e)
        raise TypeError("again") from e
c = fails()
print(c.send(None))
try: c.throw(ValueError("v"))
except TypeError as e: print(repr(e), repr(e.__cause__))
c = outer(); c.close()
try: c.send(None)
except RuntimeError as e: print(e)
print(type(outer).__name__, type(c).__name__, c.__name__)
