# SHA-2 by FIPS 180-4, and MD5 by RFC 1321, in plain Python.

def _primes(n):
    out, k = [], 2
    while len(out) < n:
        if all(k % p for p in out):
            out.append(k)
        k += 1
    return out


def _root(p, k, bits):
    # The first bits of the fractional part of the k-th root.
    n = p << (k * bits)
    x = 1 << (n.bit_length() // k + 1)
    while True:
        y = ((k - 1) * x + n // x ** (k - 1)) // k
        if y >= x:
            return x & ((1 << bits) - 1)
        x = y


class _Hash:
    def __init__(self, data=b""):
        self._data = bytes(data)

    def update(self, data):
        self._data += bytes(data)

    def copy(self):
        return type(self)(self._data)

    def hexdigest(self):
        return self.digest().hex()


class _SHA2(_Hash):
    def digest(self):
        w = self._word
        mask = (1 << w) - 1
        block = w * 2
        primes = _primes(80 if w == 64 else 64)
        K = [_root(p, 3, w) for p in primes]
        H = list(self._initial(primes))
        r = self._rotations
        pad = -(len(self._data) + 1 + block // 8) % block
        data = self._data + b"\x80" + bytes(pad) + (8 * len(self._data)).to_bytes(block // 8, "big")

        def rot(x, n):
            return (x >> n | x << (w - n)) & mask
        for at in range(0, len(data), block):
            W = [int.from_bytes(data[i:i + w // 8], "big") for i in range(at, at + block, w // 8)]
            for i in range(16, len(K)):
                x, y = W[i - 15], W[i - 2]
                s0 = rot(x, r[0]) ^ rot(x, r[1]) ^ x >> r[2]
                s1 = rot(y, r[3]) ^ rot(y, r[4]) ^ y >> r[5]
                W.append((W[i - 16] + s0 + W[i - 7] + s1) & mask)
            a, b, c, d, e, f, g, h = H
            for i in range(len(K)):
                t1 = h + (rot(e, r[9]) ^ rot(e, r[10]) ^ rot(e, r[11])) + (e & f ^ ~e & g) + K[i] + W[i]
                t2 = (rot(a, r[6]) ^ rot(a, r[7]) ^ rot(a, r[8])) + (a & b ^ a & c ^ b & c)
                a, b, c, d, e, f, g, h = (t1 + t2) & mask, a, b, c, (d + t1) & mask, e, f, g
            H = [(x + y) & mask for x, y in zip(H, (a, b, c, d, e, f, g, h))]
        return b"".join(x.to_bytes(w // 8, "big") for x in H)[:self.digest_size]

    def _initial(self, primes):
        return [_root(p, 2, self._word) for p in primes[:8]]


class sha256(_SHA2):
    name, digest_size, block_size, _word = "sha256", 32, 64, 32
    _rotations = (7, 18, 3, 17, 19, 10, 2, 13, 22, 6, 11, 25)


class sha512(_SHA2):
    name, digest_size, block_size, _word = "sha512", 64, 128, 64
    _rotations = (1, 8, 7, 19, 61, 6, 28, 34, 39, 14, 18, 41)


class sha1(_Hash):
    name, digest_size, block_size = "sha1", 20, 64

    def digest(self):
        mask = 0xffffffff
        H = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]
        data = self._data + b"\x80" + bytes(-(len(self._data) + 9) % 64) + (8 * len(self._data)).to_bytes(8, "big")

        def rot(x, n):
            return (x << n | x >> (32 - n)) & mask
        for at in range(0, len(data), 64):
            W = [int.from_bytes(data[i:i + 4], "big") for i in range(at, at + 64, 4)]
            for i in range(16, 80):
                W.append(rot(W[i - 3] ^ W[i - 8] ^ W[i - 14] ^ W[i - 16], 1))
            a, b, c, d, e = H
            for i in range(80):
                if i < 20:
                    f, k = b & c | ~b & d, 0x5a827999
                elif i < 40:
                    f, k = b ^ c ^ d, 0x6ed9eba1
                elif i < 60:
                    f, k = b & c | b & d | c & d, 0x8f1bbcdc
                else:
                    f, k = b ^ c ^ d, 0xca62c1d6
                a, b, c, d, e = (rot(a, 5) + (f & mask) + e + k + W[i]) & mask, a, rot(b, 30), c, d
            H = [(x + y) & mask for x, y in zip(H, (a, b, c, d, e))]
        return b"".join(x.to_bytes(4, "big") for x in H)


class md5(_Hash):
    name, digest_size, block_size = "md5", 16, 64

    def digest(self):
        from math import sin
        K = [int(abs(sin(i + 1)) * 4294967296) for i in range(64)]
        S = [7, 12, 17, 22] * 4 + [5, 9, 14, 20] * 4 + [4, 11, 16, 23] * 4 + [6, 10, 15, 21] * 4
        H = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]
        data = self._data + b"\x80" + bytes(-(len(self._data) + 9) % 64) + (8 * len(self._data)).to_bytes(8, "little")
        for at in range(0, len(data), 64):
            M = [int.from_bytes(data[i:i + 4], "little") for i in range(at, at + 64, 4)]
            a, b, c, d = H
            for i in range(64):
                if i < 16:
                    f, g = b & c | ~b & d, i
                elif i < 32:
                    f, g = d & b | ~d & c, (5 * i + 1) % 16
                elif i < 48:
                    f, g = b ^ c ^ d, (3 * i + 5) % 16
                else:
                    f, g = c ^ (b | ~d & 0xffffffff), 7 * i % 16
                f = (a + (f & 0xffffffff) + K[i] + M[g]) & 0xffffffff
                a, d, c = d, c, b
                b = (b + (f << S[i] | f >> (32 - S[i]))) & 0xffffffff
            H = [(x + y) & 0xffffffff for x, y in zip(H, (a, b, c, d))]
        return b"".join(x.to_bytes(4, "little") for x in H)


def new(name, data=b""):
    return {"md5": md5, "sha1": sha1, "sha256": sha256, "sha512": sha512}[name](data)
