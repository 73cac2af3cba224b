% Texts.

atom_concat(A, B, C) :- nonvar(A), nonvar(B), !, '$atom_concat'(A, B, C).
atom_concat(A, B, C) :- ( var(C) -> throw(error(instantiation_error, context(system:atom_concat/3, _))) ; true ), '$concat'(C, A, B, false).
string_concat(A, B, C) :- nonvar(A), nonvar(B), !, '$string_concat'(A, B, C).
string_concat(A, B, C) :- '$concat'(C, A, B, true).
'$concat'(C, A, B, Form) :- nonvar(B), !, '$sub_text'(C, L, _, 0, B, Form, _), '$sub_text'(C, 0, L, _, A, Form, _).
'$concat'(C, A, B, Form) :- '$sub_text'(C, 0, L, _, A, Form, S), '$solutions'(S, C, 0, L, _, A, Form), '$sub_text'(C, L, _, 0, B, Form, _).
'$solutions'([], _, _, _, _, _, _).
'$solutions'([S|Ss], _, B, L, R, Sub, _) :- '$member'(s(B, L, R, Sub), [S|Ss]).
'$solutions'(lazy(N), T, B, L, R, Sub, Form) :- '$lengths'(B, L, R, N), '$sub_text'(T, B, L, R, Sub, Form, _).
'$lengths'(B, L, _, N) :- integer(B), !, M is N-B, between(0, M, L).
'$lengths'(B, L, _, N) :- integer(L), !, M is N-L, between(0, M, B).
'$lengths'(B, L, R, N) :- integer(R), !, M is N-R, between(0, M, B), L is M-B.
'$lengths'(B, L, _, N) :- between(0, N, B), M is N-B, between(0, M, L).
sub_atom(A, B, L, R, Sub) :- '$sub_text'(A, B, L, R, Sub, false, S), '$solutions'(S, A, B, L, R, Sub, false).
sub_string(A, B, L, R, Sub) :- '$sub_text'(A, B, L, R, Sub, true, S), '$solutions'(S, A, B, L, R, Sub, true).
split_string(S, Sep, Pad, Parts) :- '$split'(S, Sep, Pad, Parts).
atomic_list_concat(L, A) :- '$join'(join, L, '', A).
atomic_list_concat(L, Sep, A) :- is_list(L), ground(L), !, '$join'(join, L, Sep, A).
atomic_list_concat(L, Sep, A) :- '$join'(split, L0, Sep, A), L = L0.
char_type(C, T) :- '$typed'(C, T, char).
code_type(C, T) :- '$typed'(C, T, code).
% A character is enumerated among those of Latin-1. In SWI-Prolog `to_lower` gives what is converted, not what comes out.
'$typed'(C, T, Form) :- var(C), !, between(0, 255, N), ( Form == char -> char_code(C, N) ; C = N ), '$typed'(C, T, Form).
'$typed'(C, T, _) :- var(T), !, '$member'(T, [alnum, alpha, csym, csymf, ascii, white, cntrl, digit, space, end_of_line, lower, upper, punct, graph, print, period, quote, paren]), '$char_type'(C, T).
'$typed'(C, T, _) :- atom(T), !, '$char_type'(C, T).
'$typed'(C, digit(W), _) :- !, '$code'(C, N), N >= 0'0, N =< 0'9, W is N-0'0.
'$typed'(C, xdigit(W), _) :- !, '$code'(C, N), '$hex_digit'(N, W).
'$typed'(C, to_lower(U), Form) :- !, '$recased'(upper, C, U, Form).
'$typed'(C, to_upper(L), Form) :- !, '$recased'(lower, C, L, Form).
'$typed'(C, upper(L), Form) :- !, '$char_type'(C, upper), '$recased'(lower, C, L, Form).
'$typed'(C, lower(U), Form) :- !, '$char_type'(C, lower), '$recased'(upper, C, U, Form).
'$typed'(_, T, _) :- throw(error(domain_error(char_type, T), _)).
'$code'(C, N) :- ( integer(C) -> N = C ; char_code(C, N) ).
'$hex_digit'(N, W) :- N >= 0'0, N =< 0'9, !, W is N-0'0.
'$hex_digit'(N, W) :- N >= 0'a, N =< 0'f, !, W is N-0'a+10.
'$hex_digit'(N, W) :- N >= 0'A, N =< 0'F, W is N-0'A+10.
'$recased'(Case, C, R, Form) :-
    '$code'(C, N), char_code(A, N),
    ( Case == lower -> downcase_atom(A, B) ; upcase_atom(A, B) ),
    ( Form == char -> R = B ; char_code(B, R) ).
read_term_from_atom(A, T, _) :- term_to_atom(T, A).
sformat(S, F) :- sformat(S, F, []).
concat_atom(L, A) :- atomic_list_concat(L, A).
concat_atom(L, S, A) :- atomic_list_concat(L, S, A).
text_concat(A, B, C) :- nonvar(A), nonvar(B), !, ( ( string(A) ; string(B) ) -> '$string_concat'(A, B, C) ; '$atom_concat'(A, B, C) ).
text_concat(A, B, C) :- ( string(C) -> string_concat(A, B, C) ; atom_concat(A, B, C) ).
string_lines(S, Ls) :- ( var(S) -> atomic_list_concat(Ls, '\n', A), atom_string(A, S) ; split_string(S, "\n", "", Ls0), atom_string('', E), ( '$append'(Ls1, [E], Ls0) -> Ls = Ls1 ; Ls = Ls0 ) ).
text_to_string(T, S) :- '$string_concat'(T, '', S).
