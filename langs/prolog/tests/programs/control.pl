% expect: 123
% expect: [1,3]
% expect: [1,3,5]
% expect: second
% expect: f1
% expect: soft
% expect: 2
:- dynamic(p/1).
p(1). p(2). p(3).
% The clause with the cut must not keep the last one from being tried.
s([X|Xs], P, Ys) :- X mod P =:= 0, !, s(Xs, P, Ys).
s([X|Xs], P, [X|Ys]) :- s(Xs, P, Ys).
s([], _, []).
q(a, b) :- !.
q(_, _) :- write(second), nl.
main :-
    % The logical update view: the retracted clause is still seen.
    ( p(A), write(A), retract(p(2)), fail ; nl ),
    findall(B, p(B), L), write(L), nl,
    s([1,2,3,4,5,6], 2, R), write(R), nl,
    q(C, C),
    ( \+ member(x, [a,b]), member(X, [f1,f2]) -> write(X), nl ; write(no), nl ),
    ( member(_, [1,2]) *-> write(soft), nl ; true ), !,
    catch(member(M, [1,2,3]), _, true), M >= 2, write(M), nl.
