# What `sys` tells about the implementation, as records.

class _Record:
    def __init__(self, name, /, **fields):
        self._name = name
        self._fields = tuple(fields)
        for k, v in fields.items():
            setattr(self, k, v)

    def __repr__(self):
        return f"{self._name}({', '.join(f'{k}={getattr(self, k)!r}' for k in self._fields)})"


class version_info(tuple):
    major = property(lambda self: self[0])
    minor = property(lambda self: self[1])
    micro = property(lambda self: self[2])
    releaselevel = property(lambda self: self[3])
    serial = property(lambda self: self[4])

    def __repr__(self):
        names = "major minor micro releaselevel serial".split()
        return f"sys.version_info({', '.join(f'{n}={v!r}' for n, v in zip(names, self))})"


version = version_info((3, 14, 0, "final", 0))
implementation = _Record("namespace", name="twofold", cache_tag=None, version=version, hexversion=0x030e00f0)
float_info = _Record("sys.float_info", max=1.7976931348623157e+308, max_exp=1024, max_10_exp=308, min=2.2250738585072014e-308, min_exp=-1021,
                     min_10_exp=-307, dig=15, mant_dig=53, epsilon=2.220446049250313e-16, radix=2, rounds=1)
int_info = _Record("sys.int_info", bits_per_digit=30, sizeof_digit=4, default_max_str_digits=4300, str_digits_check_threshold=640)
hash_info = _Record("sys.hash_info", width=64, modulus=2305843009213693951, inf=314159, nan=0, imag=1000003, algorithm="fnv", hash_bits=64,
                    seed_bits=0, cutoff=0)
flags = _Record("sys.flags", debug=0, inspect=0, interactive=0, optimize=0, dont_write_bytecode=0, no_user_site=0, no_site=0,
                ignore_environment=0, verbose=0, bytes_warning=0, quiet=0, hash_randomization=0, isolated=0, dev_mode=False, utf8_mode=1)
