% expect: [a,b,c,d,e,f,g,h,i,j,k,a]
% expect: [1,12]
% expect: [c-3]
% expect: none
% expect: [e-5,k-k]
% expect: [x(1),x(2),x(3),x(4),x(5),x(6),x(7),x(8),x(9),x(10)]
% expect: [21,22,23,24,25,26,27,28,29,30]
% expect: [3-b,2-b,1-b]
% expect: [1,0]
% expect: 144
% Predicates that are tables: every way to call one.
:- dynamic(x/1).
p(a, 1). p(b, 2). p(c, 3). p(d, 4). p(e, 5). p(f, 6.5). p(g, 7). p(h, []). p(i, 9). p(j, j1). p(k, k). p(a, 12).
q(a, a). q(b, c). q(c, d). q(d, a). q(e, e). q(f, a). q(g, a). q(h, a). q(i, a). q(k, k).
main :-
    findall(X, p(X, _), L1), write(L1), nl,
    findall(X, p(a, X), L2), write(L2), nl,
    X3 = 3, findall(X-X3, p(X, X3), L3), write(L3), nl,
    ( p(_, f(_)) -> write(some) ; p(_, 99999999999999999999) -> write(some) ; p(zz, _) -> write(some) ; p(a, 3) -> write(some) ; write(none) ), nl,
    findall(A-V, ( q(A, A), A \== a, p(A, V) ), L4), write(L4), nl,
    fill(1, 10), twice, findall(x(N), ( x(N), M is N+20, retract(x(N)), assertz(x(M)) ), L5), write(L5), nl,
    findall(N, x(N), L6), write(L6), nl,
    findall(N-b, ( member(N, [3,2,1]), once(( p(b, N2), N2 =:= 2 )) ), L7), write(L7), nl,
    warm(300), ( p(K, 9), K == i -> B = 1 ; B = 0 ), ( \+ p(i, 8) -> C = 0 ; C = 1 ), write([B, C]), nl,
    pairs(Count), write(Count), nl.
fill(N, M) :- N > M, !.
fill(N, M) :- assertz(x(N)), N1 is N+1, fill(N1, M).
twice :- \+ ( between(1, 60, _), \+ ( x(5), x(_) ) ).
warm(0) :- !.
warm(N) :- ( p(_, 9), p(g, _), q(_, _), fail ; true ), M is N-1, warm(M).
pairs(Count) :- nb_setval(n, 0), ( p(_, _), p(_, _), nb_getval(n, N0), N is N0+1, nb_setval(n, N), fail ; true ), nb_getval(n, Count).
