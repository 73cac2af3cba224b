# Iterators for loops. Written as generators where nothing looks at their state: these trace.

class count:
    def __init__(self, start=0, step=1):
        self._n = start
        self._step = step

    def __iter__(self):
        return self

    def __next__(self):
        n = self._n
        self._n = n + self._step
        return n

    def __repr__(self):
        return f"count({self._n})" if self._step == 1 else f"count({self._n}, {self._step})"


def cycle(iterable):
    saved = []
    for x in iterable:
        yield x
        saved.append(x)
    while saved:
        for x in saved:
            yield x


class repeat:
    def __init__(self, object, times=None):
        self._object = object
        self._times = None if times is None else max(times, 0)

    def __iter__(self):
        return self

    def __next__(self):
        if self._times is not None:
            if self._times == 0:
                raise StopIteration
            self._times -= 1
        return self._object

    def __len__(self):
        if self._times is None:
            raise TypeError("len() of unsized object")
        return self._times

    def __repr__(self):
        return f"repeat({self._object!r})" if self._times is None else f"repeat({self._object!r}, {self._times})"


def accumulate(iterable, func=None, *, initial=None):
    it = iter(iterable)
    total = initial
    if initial is None:
        for total in it:
            break
        else:
            return
    yield total
    if func is None:
        for x in it:
            total = total + x
            yield total
    else:
        for x in it:
            total = func(total, x)
            yield total


def batched(iterable, n, *, strict=False):
    if n < 1:
        raise ValueError("n must be at least one")
    return _batched(iter(iterable), n, strict)


def _batched(it, n, strict):
    while batch := tuple(islice(it, n)):
        if strict and len(batch) != n:
            raise ValueError("batched(): incomplete batch")
        yield batch


class chain:
    def __init__(self, *iterables):
        self._it = _chain(iterables)

    @classmethod
    def from_iterable(cls, iterables):
        r = cls()
        r._it = _chain(iterables)
        return r

    def __iter__(self):
        return self._it

    def __next__(self):
        return next(self._it)


def _chain(iterables):
    for it in iterables:
        for x in it:
            yield x


def compress(data, selectors):
    for x, s in zip(data, selectors):
        if s:
            yield x


def dropwhile(predicate, iterable):
    it = iter(iterable)
    for x in it:
        if not predicate(x):
            yield x
            break
    for x in it:
        yield x


def takewhile(predicate, iterable):
    for x in iterable:
        if not predicate(x):
            break
        yield x


def filterfalse(predicate, iterable):
    for x in iterable:
        if not (x if predicate is None else predicate(x)):
            yield x


class groupby:
    def __init__(self, iterable, key=None):
        self._it = iter(iterable)
        self._key = key
        self._target = self._current = self._marker = object()
        self._value = None

    def __iter__(self):
        return self

    def _advance(self):
        self._value = next(self._it)
        self._current = self._value if self._key is None else self._key(self._value)

    def __next__(self):
        self._id = object()
        while self._current is self._marker or self._current == self._target:
            self._advance()
        self._target = self._current
        return self._current, self._group(self._target, self._id)

    def _group(self, target, id):
        while self._id is id and self._current == target:
            yield self._value
            try:
                self._advance()
            except StopIteration:
                return


def islice(iterable, *args):
    s = slice(*args)
    for v in (s.start, s.stop, s.step):
        if v is not None and (not hasattr(v, "__index__") or v < 0):
            name = "Stop argument" if len(args) == 1 else "Indices"
            raise ValueError(f"{name} for islice() must be None or an integer: 0 <= x <= sys.maxsize.")
    if s.step == 0:
        raise ValueError("Step for islice() must be a positive integer or None.")
    return _islice(iter(iterable), s.start or 0, s.stop, s.step or 1)


def _islice(it, start, stop, step):
    if stop is not None and stop <= start:
        # What lies before is skipped all the same.
        for _ in range(stop):
            for _ in it:
                break
        return
    i, wanted = 0, start
    for x in it:
        if i == wanted:
            yield x
            wanted += step
        i += 1
        if stop is not None and i >= stop:
            return


def pairwise(iterable):
    it = iter(iterable)
    for a in it:
        break
    else:
        return
    for b in it:
        yield a, b
        a = b


def starmap(function, iterable):
    for args in iterable:
        yield function(*args)


def tee(iterable, n=2):
    it = iter(iterable)
    queue = []
    starts = [0] * n

    def one(k):
        while True:
            i = starts[k]
            if i == len(queue):
                for x in it:
                    queue.append(x)
                    break
                else:
                    return
            starts[k] = i + 1
            yield queue[i]
    return tuple(one(k) for k in range(n))


def zip_longest(*iterables, fillvalue=None):
    its = [iter(i) for i in iterables]
    active = len(its)
    while active:
        row = []
        for k, it in enumerate(its):
            if it is None:
                row.append(fillvalue)
                continue
            for x in it:
                row.append(x)
                break
            else:
                active -= 1
                if not active:
                    return
                its[k] = None
                row.append(fillvalue)
        yield tuple(row)


def product(*iterables, repeat=1):
    pools = [tuple(p) for p in iterables] * repeat
    if not all(pools):
        return
    n = len(pools)
    at = [0] * n
    row = [p[0] for p in pools]
    while True:
        yield tuple(row)
        k = n - 1
        while k >= 0:
            at[k] += 1
            if at[k] < len(pools[k]):
                row[k] = pools[k][at[k]]
                break
            at[k] = 0
            row[k] = pools[k][0]
            k -= 1
        else:
            return


def permutations(iterable, r=None):
    pool = tuple(iterable)
    n = len(pool)
    r = n if r is None else r
    if r > n:
        return
    indices = list(range(n))
    cycles = list(range(n, n - r, -1))
    yield tuple([pool[i] for i in indices[:r]])
    while n:
        for i in range(r - 1, -1, -1):
            cycles[i] -= 1
            if cycles[i] == 0:
                indices[i:] = indices[i + 1:] + indices[i:i + 1]
                cycles[i] = n - i
            else:
                j = cycles[i]
                indices[i], indices[-j] = indices[-j], indices[i]
                yield tuple([pool[i] for i in indices[:r]])
                break
        else:
            return


def combinations(iterable, r):
    pool = tuple(iterable)
    n = len(pool)
    if r < 0:
        raise ValueError("r must be non-negative")
    if r > n:
        return
    indices = list(range(r))
    yield tuple([pool[i] for i in indices])
    while True:
        for i in range(r - 1, -1, -1):
            if indices[i] != i + n - r:
                break
        else:
            return
        indices[i] += 1
        for j in range(i + 1, r):
            indices[j] = indices[j - 1] + 1
        yield tuple([pool[i] for i in indices])


def combinations_with_replacement(iterable, r):
    pool = tuple(iterable)
    n = len(pool)
    if not n and r:
        return
    indices = [0] * r
    yield tuple([pool[i] for i in indices])
    while True:
        for i in range(r - 1, -1, -1):
            if indices[i] != n - 1:
                break
        else:
            return
        indices[i:] = [indices[i] + 1] * (r - i)
        yield tuple([pool[i] for i in indices])
