% Grammars over lists of character codes, as in SWI-Prolog's library(dcg/basics), and of repeated things, as in
% library(dcg/high_order). The rules are written as the clauses they stand for: the last two arguments are the list.

'$digit'(C) :- integer(C), C >= 0'0, C =< 0'9.
'$space'(C) :- integer(C), code_type(C, space).
white([C|S], S) :- integer(C), ( C =:= 0'  ; C =:= 9 ), !.
whites(S0, S) :- white(S0, S1), !, whites(S1, S).
whites(S, S).
blank([C|S], S) :- '$space'(C).
blanks(S0, S) :- blank(S0, S1), !, blanks(S1, S).
blanks(S, S).
nonblank(C, [C|S], S) :- integer(C), code_type(C, graph).
nonblanks([C|Cs], [C|S0], S) :- integer(C), code_type(C, graph), !, nonblanks(Cs, S0, S).
nonblanks([], S, S).
blanks_to_nl(S0, S) :- '$to_nl'(S0, S), !.
'$to_nl'([0'\n|S], S).
'$to_nl'([C|S0], S) :- C =\= 0'\n, '$space'(C), '$to_nl'(S0, S).
'$to_nl'([], []).
string([], S, S).
string([C|Cs], [C|S0], S) :- string(Cs, S0, S).
string_without(End, Cs, S0, S) :- ( string(End) -> string_codes(End, Es) ; Es = End ), '$string_without'(Es, Cs, S0, S).
'$string_without'(Es, [C|Cs], [C|S0], S) :- \+ memberchk(C, Es), !, '$string_without'(Es, Cs, S0, S).
'$string_without'(_, [], S, S).
alpha_to_lower(L, [C|S], S) :- ( nonvar(C) -> code_type(C, alpha), code_type(C, to_upper(U)), L = U ; L = C ).
digits([C|Cs], [C|S0], S) :- '$digit'(C), !, digits(Cs, S0, S).
digits([], S, S).
digit(C, [C|S], S) :- '$digit'(C).
'$sign'([0'-|Cs], Cs, [0'-|S], S).
'$sign'(Cs, Cs, [0'+|S], S).
'$sign'(Cs, Cs, S, S).
'$some_digits'([C|Cs], Tail, [C|S0], S) :- '$digit'(C), '$more_digits'(Cs, Tail, S0, S).
'$more_digits'([C|Cs], Tail, [C|S0], S) :- '$digit'(C), !, '$more_digits'(Cs, Tail, S0, S).
'$more_digits'(Tail, Tail, S, S).
'$written'(N, S0, S) :- number_codes(N, Cs), '$append'(Cs, S, S0).
integer(I, S0, S) :- integer(I), !, '$written'(I, S0, S).
integer(I, S0, S) :- '$sign'(Cs, Cs1, S0, S1), '$some_digits'(Cs1, [], S1, S), !, number_codes(I, Cs).
float(F, S0, S) :- float(F), !, '$written'(F, S0, S).
float(F, S0, S) :- number(F0, S0, S), !, F is float(F0).
number(N, S0, S) :- number(N), !, '$written'(N, S0, S).
number(N, S0, S) :-
    '$sign'(Cs, Cs1, S0, S1), '$some_digits'(Cs1, Cs2, S1, S2), !,
    ( '$fraction'(Cs2, Cs3, S2, S3) -> true ; Cs2 = Cs3, S2 = S3 ),
    ( '$exponent'(Cs2, Cs3, Cs4, S3, S4) -> Cs4 = [] ; Cs3 = [], S4 = S3 ),
    S = S4, number_codes(N, Cs).
'$fraction'([0'.|Cs], Tail, [0'.|S0], S) :- '$some_digits'(Cs, Tail, S0, S).
'$exponent'(Before, Es, Tail, [E|S0], S) :-
    ( E == 0'e ; E == 0'E ), !,
    ( Before == Es -> Es = [0'., 0'0, 0'e|Cs] ; Es = [0'e|Cs] ),
    '$sign'(Cs, Cs1, S0, S1), '$some_digits'(Cs1, Tail, S1, S).
xinteger(V, S0, S) :- integer(V), !, format(codes(Cs), '~16r', [V]), '$append'(Cs, S, S0).
xinteger(V, S0, S) :- xdigit(D, S0, S1), xdigits(Ds, S1, S), '$hexadecimal'([D|Ds], 0, V).
'$hexadecimal'([], V, V).
'$hexadecimal'([D|Ds], V0, V) :- V1 is V0*16+D, '$hexadecimal'(Ds, V1, V).
xdigits([D|Ds], S0, S) :- xdigit(D, S0, S1), !, xdigits(Ds, S1, S).
xdigits([], S, S).
xdigit(D, [C|S], S) :- integer(C), code_type(C, xdigit(D)).
eos([], []).
eol([0'\n|S], S) :- !.
eol([0'\r, 0'\n|S], S) :- !.
eol([], []).
remainder(R, R, []).
csyms([C|Cs], S0, S) :- csym(C, S0, S1), !, csyms(Cs, S1, S).
csyms([], S, S).
csym(C, [C|S], S) :- integer(C), code_type(C, csym).
atom(A, S0, S) :- format(codes(Cs), '~a', [A]), '$append'(Cs, S, S0).
sequence(E, L, S0, S) :- '$sequence'(L, E, S0, S).
'$sequence'([], _, S, S).
'$sequence'([X|Xs], E, S0, S) :- call(E, X, S0, S1), '$sequence'(Xs, E, S1, S).
sequence(E, Sep, L, S0, S) :- '$separated'(E, Sep, L, S0, S).
'$separated'(E, Sep, [X|Xs], S0, S) :- call(E, X, S0, S1), ( phrase(Sep, S1, S2), !, '$separated'(E, Sep, Xs, S2, S) ; Xs = [], S = S1 ).
'$separated'(_, _, [], S, S).
sequence(Begin, E, Sep, End, L, S0, S) :- phrase(Begin, S0, S1), '$separated'(E, Sep, L, S1, S2), phrase(End, S2, S), !.
optional(M, _, S0, S) :- phrase(M, S0, S), !.
optional(_, D, S0, S) :- phrase(D, S0, S).
foreach(G, E, S0, S) :- findall(E, G, Es), '$phrases'(Es, S0, S).
foreach(G, E, Sep, S0, S) :- findall(E, G, Es), '$phrases'(Es, Sep, S0, S).
'$phrases'([], S, S).
'$phrases'([E|Es], S0, S) :- phrase(E, S0, S1), '$phrases'(Es, S1, S).
'$phrases'([], _, S, S).
'$phrases'([E|Es], Sep, S0, S) :- phrase(E, S0, S1), ( Es == [] -> S = S1 ; phrase(Sep, S1, S2), '$phrases'(Es, Sep, S2, S) ).
