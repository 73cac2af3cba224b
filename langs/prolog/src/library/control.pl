% Control constructs as predicates, for call/N; and what is made of them.

=(X, X).
==(X, Y) :- X == Y.
\==(X, Y) :- X \== Y.
is(X, Y) :- X is Y.
=:=(X, Y) :- X =:= Y.
=\=(X, Y) :- X =\= Y.
<(X, Y) :- X < Y.
=<(X, Y) :- X =< Y.
>(X, Y) :- X > Y.
>=(X, Y) :- X >= Y.
var(X) :- var(X).
nonvar(X) :- nonvar(X).
atom(X) :- atom(X).
integer(X) :- integer(X).
float(X) :- float(X).
number(X) :- number(X).
atomic(X) :- atomic(X).
compound(X) :- compound(X).
callable(X) :- callable(X).
true.
otherwise.
fail :- fail.
false :- fail.
!.
repeat.
repeat :- repeat.
','(A, B) :- call((A , B)).
;(A, B) :- call((A ; B)).
->(A, B) :- call((A -> B)).
*->(A, B) :- call((A *-> B)).
\+(A) :- \+ call(A).
not(A) :- \+ call(A).
once(G) :- call(G), !.
ignore(G) :- (call(G) -> true ; true).
:(_, G) :- call(G).
apply(G, Extra) :- G =.. L0, '$append'(L0, Extra, L), G2 =.. L, call(G2).
forall(C, A) :- \+ (call(C), \+ call(A)).
call_cleanup(G, C) :- setup_call_cleanup(true, G, C).
setup_call_cleanup(S, G, C) :-
    once(S),
    '$call_cleanup'(G, C).
'$call_cleanup'(G, C) :-
    '$choice_stamp'(S0), catch(G, E, true), '$choice_stamp'(S1),
    ( nonvar(E) -> !, '$cleanup'(C), throw(E) ; S0 == S1 -> !, '$cleanup'(C) ; true ).
'$call_cleanup'(_, C) :- '$cleanup'(C), fail.
'$cleanup'(C) :- catch(C, _, true), !.
'$cleanup'(_).
