% expect: ok
% Random clauses with two calls: what the calls receive is what the clause says, whatever registers it lies in.
:- dynamic(t/3).
main :- round(400, 12345), write(ok), nl.
round(0, _) :- !.
round(N, S0) :-
    goal(S0, S1, [X,Y,Z,V,W], G1), goal(S1, S2, [X,Y,Z,V,W], G2),
    retractall(t(_,_,_)), assertz((t(X,Y,Z) :- G1, G2)),
    A = t(a, g(B), B), clause(A, (E1, E2)),
    nb_setval(got, []), copy_term(E1-E2, Expected),
    call(A), nb_getval(got, Got),
    ( same(Got, Expected) -> true ; write(t(X,Y,Z)-(G1,G2)), nl, write(Got), nl, write(Expected), nl ),
    M is N-1, round(M, S2).
same([U2,U1], E1-E2) :- normal(U1, N), normal(E1, N), normal(U2, M), normal(E2, M).
normal(T, N) :- copy_term(T, N), numbervars(N, 0, _).
goal(S0, S, Vars, G) :- rnd(S0, 5, S1, N), args(N, S1, S, Vars, As), length(As, L), pad(L, As, Bs), G =.. [u|Bs].
pad(L, As, Bs) :- ( L >= 6 -> Bs = As ; append(As, [pad], As1), L1 is L+1, pad(L1, As1, Bs) ).
args(0, S, S, _, []) :- !.
args(N, S0, S, Vars, [A|As]) :- arg_(S0, S1, Vars, A), M is N-1, args(M, S1, S, Vars, As).
arg_(S0, S, Vars, A) :- rnd(S0, 9, S1, K), arg_(K, S1, S, Vars, A).
arg_(K, S, S, Vars, A) :- K < 5, !, I is K+1, nth1(I, Vars, A).
arg_(5, S, S, _, k) :- !.
arg_(6, S, S, _, _) :- !.
arg_(7, S0, S, Vars, f(A, B)) :- !, arg_(S0, S1, Vars, A), arg_(S1, S, Vars, B).
arg_(_, S0, S, Vars, [A|B]) :- arg_(S0, S1, Vars, A), arg_(S1, S, Vars, B).
rnd(S0, N, S, K) :- S is (S0*1103515245 + 12345) mod 2147483648, K is (S // 65536) mod N.
u(A, B, C, D, E, F) :- nb_getval(got, L), nb_setval(got, [u(A,B,C,D,E,F)|L]).
