# What some builtins do with an iterable that is written in Python, itself written in Python: see src/twins.rs.


def sum_(it, total=0):
    it = iter(it)
    if type(total) is str:
        raise TypeError("sum() can't sum strings [use ''.join(seq) instead]")
    if type(total) is int:
        for x in it:
            total = total + x
            if type(total) is not int:
                break
        else:
            return total
    if type(total) is float:
        # Neumaier's compensated summation, as CPython since 3.12.
        low = 0.0
        for x in it:
            if type(x) is float:
                t = total + x
                if (total if total >= 0.0 else -total) >= (x if x >= 0.0 else -x):
                    low += (total - t) + x
                else:
                    low += (x - t) + total
                total = t
            elif type(x) is int:
                total = total + x
            else:
                total = (total + low if low - low == 0.0 else total) + x
                break
        else:
            return total + low if low - low == 0.0 else total
    for x in it:
        total = total + x
    return total


def any_(it):
    for x in it:
        if x:
            return True
    return False


def all_(it):
    for x in it:
        if not x:
            return False
    return True


def min_(it):
    it = iter(it)
    for least in it:
        break
    else:
        raise ValueError("min() iterable argument is empty")
    for x in it:
        if x < least:
            least = x
    return least


def max_(it):
    it = iter(it)
    for most in it:
        break
    else:
        raise ValueError("max() iterable argument is empty")
    for x in it:
        if x > most:
            most = x
    return most


def sorted_(it):
    r = [x for x in it]
    r.sort()
    return r


def join_(separator, it):
    return separator.join([x for x in it])


def list_(it):
    return [x for x in it]


def tuple_(it):
    return tuple([x for x in it])


def set_(it):
    return {x for x in it}


def frozenset_(it):
    return frozenset([x for x in it])


def sorted_by(it, key, reverse):
    xs = [x for x in it]
    order_by(xs, [key(x) for x in xs], reverse)
    return xs


def sort_by(self, key, reverse):
    # The list is empty meanwhile: what keys and comparisons do to it is found out.
    xs = [x for x in self]
    self.clear()
    try:
        order_by(xs, [key(x) for x in xs], reverse)
    finally:
        touched = len(self) != 0
        self[:] = xs
    if touched:
        raise ValueError("list modified during sort")


def min_by(it, key):
    it = iter(it)
    for least in it:
        break
    else:
        raise ValueError("min() iterable argument is empty")
    low = key(least)
    for x in it:
        k = key(x)
        if k < low:
            least, low = x, k
    return least


def max_by(it, key):
    it = iter(it)
    for most in it:
        break
    else:
        raise ValueError("max() iterable argument is empty")
    high = key(most)
    for x in it:
        k = key(x)
        if k > high:
            most, high = x, k
    return most
