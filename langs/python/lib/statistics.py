# Means, and how far values are from them.
import math as _math


class StatisticsError(ValueError):
    pass


def _values(data, name="mean", least=1):
    data = list(data)
    if len(data) < least:
        raise StatisticsError(f"{name} requires at least {'one data point' if least == 1 else 'two data points'}")
    return data


def mean(data):
    data = _values(data)
    if all(isinstance(x, int) for x in data):
        t, n = sum(data), len(data)
        return t // n if t % n == 0 else t / n
    return _math.fsum(data) / len(data)


def fmean(data, weights=None):
    data = _values(data, "fmean")
    if weights is not None:
        weights = list(weights)
        return _math.fsum(x * w for x, w in zip(data, weights)) / _math.fsum(weights)
    return _math.fsum(data) / len(data)


def geometric_mean(data):
    data = _values(data)
    return _math.exp(_math.fsum(map(_math.log, data)) / len(data))


def harmonic_mean(data):
    data = _values(data)
    return len(data) / _math.fsum(1 / x for x in data)


def median(data):
    data = sorted(data)
    n = len(data)
    if not n:
        raise StatisticsError("no median for empty data")
    return data[n // 2] if n % 2 else (data[n // 2 - 1] + data[n // 2]) / 2


def median_low(data):
    data = sorted(data)
    return data[(len(data) - 1) // 2]


def median_high(data):
    data = sorted(data)
    return data[len(data) // 2]


def mode(data):
    counts = {}
    for x in data:
        counts[x] = counts.get(x, 0) + 1
    if not counts:
        raise StatisticsError("no mode for empty data")
    return max(counts, key=counts.get)


def multimode(data):
    counts = {}
    for x in data:
        counts[x] = counts.get(x, 0) + 1
    top = max(counts.values(), default=0)
    return [x for x, n in counts.items() if n == top]


def _squares(data, c):
    m = sum(data) / len(data) if c is None else c
    return _math.fsum((x - m) ** 2 for x in data)


def pvariance(data, mu=None):
    data = _values(data, "pvariance")
    return _squares(data, mu) / len(data)


def variance(data, xbar=None):
    data = _values(data, "variance", 2)
    v = _squares(data, xbar) / (len(data) - 1)
    return int(v) if all(isinstance(x, int) for x in data) and v == int(v) else v


def pstdev(data, mu=None):
    return _math.sqrt(pvariance(data, mu))


def stdev(data, xbar=None):
    return _math.sqrt(variance(data, xbar))
