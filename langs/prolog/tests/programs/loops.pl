% expect: 1000
% expect: 500500
% expect: 1000
% expect: [1000,999]
% More than enough turns for traces, and deep enough for continuations on the heap.
count(0, []) :- !.
count(N, [N|T]) :- M is N-1, count(M, T).
sum([], 0).
sum([X|Xs], S) :- sum(Xs, S0), S is S0+X.
down(X, Y, Out) :- Out is X-Y.
down(X, Y, Out) :- Y > 0, Z is Y-1, down(X, Z, Out).
thrown(0, 0) :- !.
thrown(N, S) :- catch(throw(b(N)), b(X), true), X == N, M is N-1, thrown(M, S0), S is S0+1.
main :-
    count(1000, L), length(L, Len), write(Len), nl,
    sum(L, S), write(S), nl,
    thrown(1000, T), write(T), nl,
    findall(O, down(1000, 1000, O), Os), reverse(Os, [A,B|_]), write([A,B]), nl.
