/* The square-root loop at three types. Usage: sqrt KIND[,KIND...] N   (KIND: float int fix) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double root(double y, long n) {
    double x = y / 2;
    while (n > 0) {
        n -= 1;
        x = (x + y / x) / 2;
    }
    return x;
}

static long iroot(long y, long n) {
    long x = y / 2;
    while (n > 0) {
        n -= 1;
        x = (x + y / x) / 2;
    }
    return x;
}

typedef struct {
    long val;
} Fix16;

static Fix16 fix(long i) {
    return (Fix16){i << 16};
}

static Fix16 fix_add(Fix16 a, Fix16 b) {
    return (Fix16){a.val + b.val};
}

static Fix16 fix_div(Fix16 a, Fix16 b) {
    return (Fix16){(a.val << 16) / b.val};
}

static long fix_root(Fix16 y, long n) {
    Fix16 x = fix_div(y, fix(2));
    while (n > 0) {
        n -= 1;
        x = fix_div(fix_add(x, fix_div(y, x)), fix(2));
    }
    return x.val;
}

int main(int argc, char **argv) {
    char *kinds = argc > 1 ? argv[1] : strdup("float,int,fix");
    long n = argc > 2 ? atol(argv[2]) : 50000000;
    for (char *kind = strtok(kinds, ","); kind; kind = strtok(NULL, ",")) {
        if (!strcmp(kind, "float"))
            printf("float %.15g\n", root(1234.0, n));
        else if (!strcmp(kind, "int"))
            printf("int %ld\n", iroot(1234000000, n));
        else
            printf("fix %ld\n", fix_root(fix(1234), n));
    }
    return 0;
}
