% Lambda expressions, as in SWI-Prolog's library(yall). A lambda expression is copied when it is called, but for its free
% variables (`Free/Lambda`) and, as ever, what is bound.

>>(Ps, L) :- '$lambda'(Ps, L, []).
>>(Ps, L, A) :- '$lambda'(Ps, L, [A]).
>>(Ps, L, A, B) :- '$lambda'(Ps, L, [A, B]).
>>(Ps, L, A, B, C) :- '$lambda'(Ps, L, [A, B, C]).
>>(Ps, L, A, B, C, D) :- '$lambda'(Ps, L, [A, B, C, D]).
>>(Ps, L, A, B, C, D, E) :- '$lambda'(Ps, L, [A, B, C, D, E]).
>>(Ps, L, A, B, C, D, E, F) :- '$lambda'(Ps, L, [A, B, C, D, E, F]).
>>(Ps, L, A, B, C, D, E, F, G) :- '$lambda'(Ps, L, [A, B, C, D, E, F, G]).
'$lambda'(Ps0, L0, As) :-
    '$copy_but_free'(Ps0, L0, Ps, L),
    '$bind_parameters'(Ps, As, Rest),
    '$call_with'(L, Rest).
'$copy_but_free'(Ps0, L0, Ps, L) :- nonvar(Ps0), Ps0 = Free/Ps1, !, copy_term(Free/Ps1>>L0, Free/Ps>>L).
'$copy_but_free'(Ps0, L0, Ps, L) :- copy_term(Ps0>>L0, Ps>>L).
'$bind_parameters'([], As, As) :- !.
'$bind_parameters'([P|Ps], [A|As], Rest) :- !, P = A, '$bind_parameters'(Ps, As, Rest).
'$bind_parameters'(_, [], []).
'$call_with'(G, []) :- !, call(G).
'$call_with'(G, As) :- G =.. L0, '$append'(L0, As, L), G1 =.. L, call(G1).
/(Free, L) :- '$call_free'(Free, L, []).
/(Free, L, A) :- '$call_free'(Free, L, [A]).
/(Free, L, A, B) :- '$call_free'(Free, L, [A, B]).
/(Free, L, A, B, C) :- '$call_free'(Free, L, [A, B, C]).
/(Free, L, A, B, C, D) :- '$call_free'(Free, L, [A, B, C, D]).
/(Free, L, A, B, C, D, E) :- '$call_free'(Free, L, [A, B, C, D, E]).
/(Free, L, A, B, C, D, E, F) :- '$call_free'(Free, L, [A, B, C, D, E, F]).
'$call_free'(Free, L0, As) :- copy_term(Free/L0, Free/L), '$call_with'(L, As).
\(L) :- '$abstraction'(L, []).
\(L, A) :- '$abstraction'(L, [A]).
\(L, A, B) :- '$abstraction'(L, [A, B]).
\(L, A, B, C) :- '$abstraction'(L, [A, B, C]).
\(L, A, B, C, D) :- '$abstraction'(L, [A, B, C, D]).
\(L, A, B, C, D, E) :- '$abstraction'(L, [A, B, C, D, E]).
'$abstraction'(L0, As) :- copy_term(L0, L), '$apply_abstraction'(L, As).
'$apply_abstraction'(X^L, [A|As]) :- !, X = A, '$apply_abstraction'(L, As).
'$apply_abstraction'(\L, As) :- !, '$abstraction'(L, As).
'$apply_abstraction'(G, As) :- '$call_with'(G, As).
^(X, G, A) :- X = A, call(G).
^(X, G, A, B) :- X = A, call(G, B).
^(X, G, A, B, C) :- X = A, call(G, B, C).
^(X, G, A, B, C, D) :- X = A, call(G, B, C, D).
