# Awaitables of asynchronous generators. `step` resumes the generator and tells what it yields itself from what it awaits.
from _step import step


def asend(gen, value):
    return _Awaitable(_run(gen, False, value))


def athrow(gen, exc):
    return _Awaitable(_run(gen, True, exc))


def aclose(gen, _):
    return _Awaitable(_close(gen))


def _run(gen, throw, value):
    while True:
        own, r = step(gen, throw, value)
        if own:
            return r
        try:
            throw, value = False, (yield r)
        except BaseException as e:
            throw, value = True, e


def _close(gen):
    try:
        yield from _run(gen, True, GeneratorExit())
    except (StopAsyncIteration, GeneratorExit):
        return
    raise RuntimeError("async generator ignored GeneratorExit")


class _Awaitable:
    def __init__(self, gen):
        self._gen = gen

    def __await__(self):
        return self._gen

    def __iter__(self):
        return self._gen

    def __next__(self):
        return next(self._gen)

    def send(self, value):
        return self._gen.send(value)

    def throw(self, exc):
        return self._gen.throw(exc)

    def close(self):
        self._gen.close()
