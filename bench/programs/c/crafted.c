/* A call into a shared library, its result unused. */
#include <stdio.h>
#include <stdlib.h>

double add(double a, double b);

int main(int argc, char **argv) {
    long n = argc > 1 ? atol(argv[1]) : 300000000;
    long i = 0;
    double a = 0.0;
    while (i < n) {
        a += 1.0;
        add(a, a);
        i += 1;
    }
    printf("%.1f\n", a);
    return 0;
}
