# A binary heap in a list: a[k] <= a[2k+1], a[2k+2].

def heappush(heap, item):
    heap.append(item)
    _down(heap, 0, len(heap) - 1)


def heappop(heap):
    last = heap.pop()
    if heap:
        item = heap[0]
        heap[0] = last
        _up(heap, 0)
        return item
    return last


def heapreplace(heap, item):
    r = heap[0]
    heap[0] = item
    _up(heap, 0)
    return r


def heappushpop(heap, item):
    if heap and heap[0] < item:
        item, heap[0] = heap[0], item
        _up(heap, 0)
    return item


def heapify(x):
    for i in range(len(x) // 2 - 1, -1, -1):
        _up(x, i)


def _down(heap, start, pos):
    item = heap[pos]
    while pos > start:
        parent = (pos - 1) >> 1
        p = heap[parent]
        if not item < p:
            break
        heap[pos] = p
        pos = parent
    heap[pos] = item


def _up(heap, pos):
    # The smaller child moves up until a leaf is hit; then the item moves to its place from there.
    end = len(heap)
    start = pos
    item = heap[pos]
    child = 2 * pos + 1
    while child < end:
        right = child + 1
        if right < end and not heap[child] < heap[right]:
            child = right
        heap[pos] = heap[child]
        pos = child
        child = 2 * pos + 1
    heap[pos] = item
    _down(heap, start, pos)


def nsmallest(n, iterable, key=None):
    return sorted(iterable, key=key)[:max(n, 0)]


def nlargest(n, iterable, key=None):
    return sorted(iterable, key=key, reverse=True)[:max(n, 0)]


def merge(*iterables, key=None, reverse=False):
    heads = []
    for order, it in enumerate(map(iter, iterables)):
        for x in it:
            heads.append([x if key is None else key(x), order, x, it])
            break
    while heads:
        best = 0
        for i in range(1, len(heads)):
            a, b = heads[i][0], heads[best][0]
            if (b < a) if reverse else (a < b):
                best = i
        entry = heads[best]
        yield entry[2]
        for x in entry[3]:
            entry[0] = x if key is None else key(x)
            entry[2] = x
            break
        else:
            del heads[best]
