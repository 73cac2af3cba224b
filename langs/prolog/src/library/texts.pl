% Texts.

atom_concat(A, B, C) :- nonvar(A), nonvar(B), !, '$atom_concat'(A, B, C).
atom_concat(A, B, C) :- ( var(C) -> throw(error(instantiation_error, context(system:atom_concat/3, _))) ; true ),
    '$sub_text'(C, s(0, _, _), false, L), '$member'(s(_, _, N, A), L), '$sub_text'(C, s(_, N, 0), false, [s(_, _, _, B)]).
string_concat(A, B, C) :- nonvar(A), nonvar(B), !, '$string_concat'(A, B, C).
string_concat(A, B, C) :- '$sub_text'(C, s(0, _, _), true, L), '$member'(s(_, _, N, A), L), '$sub_text'(C, s(_, N, 0), true, [s(_, _, _, B)]).
sub_atom(A, B, L, R, Sub) :- nonvar(Sub), !, '$sub_text'(A, Sub, false, S), '$member'(s(B, L, R), S).
sub_atom(A, B, L, R, Sub) :- '$sub_text'(A, s(B, L, R), false, S), '$member'(s(B, L, R, Sub), S).
sub_string(A, B, L, R, Sub) :- nonvar(Sub), !, '$sub_text'(A, Sub, true, S), '$member'(s(B, L, R), S).
sub_string(A, B, L, R, Sub) :- '$sub_text'(A, s(B, L, R), true, S), '$member'(s(B, L, R, Sub), S).
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
