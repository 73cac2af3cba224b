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
char_type(C, T) :- '$char_type'(C, T).
code_type(C, T) :- '$char_type'(C, T).
read_term_from_atom(A, T, _) :- term_to_atom(T, A).
sformat(S, F) :- sformat(S, F, []).
concat_atom(L, A) :- atomic_list_concat(L, A).
concat_atom(L, S, A) :- atomic_list_concat(L, S, A).
text_to_string(T, S) :- '$string_concat'(T, '', S).
