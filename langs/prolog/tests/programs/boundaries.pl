% Loops whose counters go through the limits of small integers, of machine integers, and through zero.
main :-
    forall(member(M, [0, 1, -1, 7]), walk(M)),
    forall(member(B, [2305843009213693952, -2305843009213693953, 9223372036854775807, -9223372036854775808, 0]), limit(B)).
walk(M) :- N is 300+M, down(N, M, S0), up(M, N, S1), write(S0/S1), nl.
down(N, N, 0) :- !.
down(N, M, S) :- K is N-1, down(K, M, S0), S is S0+N.
up(N, N, 0).
up(N, M, S) :- N < M, K is N+1, up(K, M, S0), S is S0+K.
limit(B) :-
    Lo is B-150, Hi is B+150, run(Hi, Lo, 0, A), run(Lo, Hi, 0, C), find(Hi, B, 0, D), find(Lo, B, 0, E), write([A, C, D, E]), nl.
% Towards the other end, step by step.
run(X, X, N, N) :- !.
run(X, Y, N, R) :- X > Y, !, Z is X-1, M is N+1, run(Z, Y, M, R).
run(X, Y, N, R) :- Z is X+1, M is N+1, run(Z, Y, M, R).
% The limit itself is found by unification with a constant.
find(X, B, N, R) :- at(X, K), !, ( X =:= B -> R = K-N ; R = wrong(X, B) ).
find(X, B, N, R) :- X > B, !, Y is X-1, M is N+1, find(Y, B, M, R).
find(X, B, N, R) :- Y is X+1, M is N+1, find(Y, B, M, R).
at(2305843009213693952, small).
at(-2305843009213693953, small_negative).
at(9223372036854775807, machine).
at(-9223372036854775808, machine_negative).
at(0, zero).
% expect: 45150/45150
% expect: 45450/45450
% expect: 44850/44850
% expect: 47250/47250
% expect: [300,300,small-150,small-150]
% expect: [300,300,small_negative-150,small_negative-150]
% expect: [300,300,machine-150,machine-150]
% expect: [300,300,machine_negative-150,machine_negative-150]
% expect: [300,300,zero-150,zero-150]
