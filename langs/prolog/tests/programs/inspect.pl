% expect: a-b-foo-2
% expect: bar(1,_,x)
% expect: none
% expect: [1,2]-[p|q]
% expect: error(type_error(compound,7))
% expect: error(domain_error(not_less_than_zero,-1))
% expect: error(instantiation_error)
% expect: many(57)
% expect: 0.5-0
% expect: [<,=,>,<,>,<,=,<]
main :-
    loop(300, _),
    T = foo(a, b), arg(1, T, X), arg(2, T, Y), functor(T, N, A), write(X-Y-N-A), nl,
    functor(S, bar, 3), arg(1, S, 1), arg(3, S, x), show(S),
    ( arg(3, T, _) -> write(some) ; write(none) ), nl,
    L = [1|_], arg(2, L, Tail), Tail = [2], functor(L, F, K), functor(M, F, K), M = [p|q], write(L-M), nl,
    try(arg(1, 7, _)), try(arg(-1, T, _)), try(functor(_, _, 2)),
    numlist(1, 57, Ns), count(Ns, 0, C), write(many(C)), nl,
    functor(0.5, V, W), write(V-W), nl,
    orders([1-2, 3-3, 2-1, 1-a, b-a, f(1)-f(2), [1,x]-[1,x], 1.0-1], Os), write(Os), nl.
show(bar(A, B, C)) :- var(B), write('bar('), write(A), write(',_,'), write(C), write(')'), nl.
try(G) :- catch((G, write(yes)), error(E, _), write(error(E))), nl.
% More functors than a site looks at one by one.
count([], C, C).
count([N|Ns], C0, C) :- atom_number(A, N), atom_concat(f, A, F), functor(T, F, 2), functor(T, F, 2), arg(2, T, N), T =.. [_, _, N], C1 is C0+1, count(Ns, C1, C).
loop(0, _) :- !.
loop(N, P) :- functor(T, p, 3), fill(3, T), arg(2, T, P), P = 2, M is N-1, loop(M, _).
fill(0, _) :- !.
fill(I, T) :- arg(I, T, I), J is I-1, fill(J, T).
orders([], []).
orders([A-B|Ps], [O|Os]) :- compare(O, A, B), ( O = (<) -> compare(<, A, B), \+ compare(>, A, B) ; true ), orders(Ps, Os).
