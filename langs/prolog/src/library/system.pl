% Files, the environment, recorded terms, counters, and what is there for programs that expect it.

file_directory_name(F, D) :- '$path_parts'(F, D, _, _).
file_base_name(F, B) :- '$path_parts'(F, _, B, _).
file_name_extension(B, E, F) :- nonvar(F), !, '$path_parts'(F, _, _, B0-E0), ( var(E) -> E = E0, B = B0 ; '$dotless'(E, E1), E0 == E1, B = B0 ).
file_name_extension(B, E, F) :- '$dotless'(E, E1), '$path_parts'(B, _, _, _-E0), ( E0 == E1 -> F = B ; atomic_list_concat([B, '.', E1], F) ).
'$dotless'(E, E1) :- ( sub_atom(E, 0, 1, _, '.') -> sub_atom(E, 1, _, 0, E1) ; E1 = E ).
absolute_file_name(F, A) :- '$absolute'(F, A).
absolute_file_name(F, A, _) :- '$absolute'(F, A).
working_directory(Old, New) :- '$absolute'('.', Old0), ( sub_atom(Old0, _, 1, 0, '/') -> Old = Old0 ; atom_concat(Old0, '/', Old) ), ( New == Old -> true ; '$chdir'(New) ).
assertion(G) :- ( \+ \+ catch(G, _, fail) -> true ; throw(error(assertion_failed(G), _)) ).
recorda(K, T) :- recorda(K, T, _).
recorda(K, T, R) :- '$record_key'(K, K1), asserta('$record'(K1, T), R).
recordz(K, T) :- recordz(K, T, _).
recordz(K, T, R) :- '$record_key'(K, K1), assertz('$record'(K1, T), R).
recorded(K, T) :- recorded(K, T, _).
recorded(K, T, R) :- ( nonvar(K) -> '$record_key'(K, K1) ; K1 = K ), clause('$record'(K1, T), true, R).
'$record_key'(K, _) :- var(K), !, throw(error(instantiation_error, _)).
'$record_key'(K, K1) :- ( compound(K) -> functor(K, N, A), functor(K1, N, A) ; K1 = K ).
flag(K, Old, New) :- ( catch(nb_getval(K, '$flag'(V)), _, fail) -> Old = V ; Old = 0 ), V1 is New, nb_setval(K, '$flag'(V1)).
gensym(Base, A) :- atom_concat('$gensym_', Base, K), flag(K, N, N+1), N1 is N+1, atom_concat(Base, N1, A).
reset_gensym(Base) :- atom_concat('$gensym_', Base, K), flag(K, _, 0).
reset_gensym.
listing :- '$predicates'(_, L), '$member'(PI, L), listing(PI), fail.
listing.
char_conversion(A, B) :- '$one_char'(A), '$one_char'(B).
current_char_conversion(A, A) :- ( var(A) -> '$between'(0, 255, C), char_code(A, C) ; '$one_char'(A) ).
'$one_char'(A) :- var(A), !, throw(error(instantiation_error, _)).
'$one_char'(A) :- atom(A), atom_length(A, 1), !.
'$one_char'(A) :- throw(error(type_error(character, A), _)).
prolog_load_context(source, F) :- '$source_location'(F, _).
prolog_load_context(file, F) :- '$source_location'(F, _).
prolog_load_context(term_position, '$stream_position'(0, L, 0, 0)) :- '$source_location'(_, L).
thread_self(main).
trim_stacks.
statistics :- statistics(cputime, T), format(user_error, '% ~3f seconds cpu time~n', [T]).
debug.
nodebug.
notrace.
debug(_).
nodebug(_).
debug(_, _, _).
tmp_file(Base, F) :- flag('$tmp_file', N, N+1), '$argv_id'(P), atomic_list_concat(['/tmp/twofold_', Base, '_', P, '_', N], F).
put(C) :- ( integer(C) -> char_code(A, C) ; A = C ), put_char(A).
get0(C) :- get_code(C).
current_module(user).
atom_to_term(A, T, Bs) :- '$text_to_term'(A, T, Bs).
normalize_space(Out, Text) :- split_string(Text, ' \t\n\r', ' \t\n\r', Parts0), '$nonempty'(Parts0, Parts), atomic_list_concat(Parts, ' ', A), format(Out, '~w', [A]).
'$nonempty'([], []).
'$nonempty'([P|Ps], Qs) :- ( string_length(P, 0) -> Qs = Qs1 ; Qs = [P|Qs1] ), '$nonempty'(Ps, Qs1).
