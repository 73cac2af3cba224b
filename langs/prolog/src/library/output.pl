% Output.

format(S, F, A) :- '$sink'(S), !, '$capture', ( catch(format(F, A), E, true) -> true ; true ), '$captured'(T), ( nonvar(E) -> throw(E) ; true ), '$to_sink'(S, T).
format(S, F, A) :- '$format_on'(S, F, A).
'$sink'(S) :- compound(S), S \= '$stream'(_).
'$to_sink'(atom(A), T) :- atom_string(A, T).
'$to_sink'(string(T), T).
'$to_sink'(codes(Cs), T) :- string_codes(T, Cs).
'$to_sink'(chars(Cs), T) :- string_chars(T, Cs).
with_output_to(S, G) :- '$capture', ( catch(G, E, true) -> R = true ; R = fail ), '$captured'(T), ( nonvar(E) -> throw(E) ; true ), R == true, '$to_sink'(S, T).
% Clauses as SWI-Prolog lays them out: one goal a line, alternatives in columns of four.
portray_clause(C) :- \+ \+ ( '$clause_names'(C, Ns), '$portray'(C, Ns) ).
portray_clause(S, C) :- current_output(Old), set_output(S), ( catch(portray_clause(C), E, true) -> true ; true ), set_output(Old), ( nonvar(E) -> throw(E) ; true ).
% Variables are `A`, `B` and so on, and `_` if they occur once.
'$clause_names'(C, Ns) :- term_variables(C, Vs), '$variable_names'(Vs, C, 0, Ns).
'$variable_names'([], _, _, []).
'$variable_names'([V|Vs], C, N, [Name=V|Ns]) :-
    ( '$occurs_once'(V, C) -> Name = '_', N1 = N ; '$letter'(N, Name), N1 is N+1 ),
    '$variable_names'(Vs, C, N1, Ns).
'$occurs_once'(V, C) :- findall(x, limit(2, ( sub_term(X, C), X == V )), [_]).
'$letter'(N, Name) :- C is N mod 26+0'A, char_code(L, C), I is N // 26, ( I =:= 0 -> Name = L ; atom_concat(L, I, Name) ).
'$portray'((H :- B), Ns) :- B == true, !, '$write_part'(H, 999, Ns), write('.'), nl.
'$portray'((H :- B), Ns) :- !, '$write_part'(H, 999, Ns), write(' :-'), nl, '$indent'(4), '$portray_body'(B, 4, Ns), write('.'), nl.
'$portray'((H --> B), Ns) :- !, '$write_part'(H, 999, Ns), write(' -->'), nl, '$indent'(4), '$portray_body'(B, 4, Ns), write('.'), nl.
'$portray'((:- G), Ns) :- !, write(':- '), '$write_part'(G, 1199, Ns), write('.'), nl.
'$portray'(F, Ns) :- '$write_part'(F, 1199, Ns), write('.'), nl.
'$write_part'(T, P, Ns) :- write_term(T, [quoted(true), numbervars(true), spacing(next_argument), priority(P), variable_names(Ns)]).
'$indent'(N) :- format('~*c', [N, 0' ]).
'$portray_body'(G, _, Ns) :- var(G), !, '$write_part'(G, 999, Ns).
'$portray_body'((A, B), I, Ns) :- !, '$portray_body'(A, I, Ns), write(','), nl, '$indent'(I), '$portray_body'(B, I, Ns).
'$portray_body'(G, I, Ns) :- '$is_choice'(G), !, write('(   '), J is I+4, '$portray_choice'(G, I, J, Ns), nl, '$indent'(I), write(')').
'$portray_body'(\+ G, I, Ns) :- nonvar(G), ( G = (_, _) ; '$is_choice'(G) ), !, write('\\+ ( '), J is I+5, '$portray_body'(G, J, Ns), nl, K is I+3, '$indent'(K), write(')').
'$portray_body'(\+ G, _, Ns) :- !, write('\\+ '), '$write_part'(G, 200, Ns).
'$portray_body'(G, _, Ns) :- '$write_part'(G, 999, Ns).
'$is_choice'((_ ; _)).
'$is_choice'((_ -> _)).
'$is_choice'((_ *-> _)).
'$portray_choice'(G, I, J, Ns) :- nonvar(G), G = (A ; B), !, '$portray_alternative'(A, I, J, Ns), nl, '$indent'(I), write(';   '), '$portray_choice'(B, I, J, Ns).
'$portray_choice'(G, I, J, Ns) :- '$portray_alternative'(G, I, J, Ns).
'$portray_alternative'(G, I, J, Ns) :- nonvar(G), G = (C -> T), !, '$portray_body'(C, J, Ns), nl, '$indent'(I), write('->  '), '$portray_body'(T, J, Ns).
'$portray_alternative'(G, I, J, Ns) :- nonvar(G), G = (C *-> T), !, '$portray_body'(C, J, Ns), nl, '$indent'(I), write('*-> '), '$portray_body'(T, J, Ns).
'$portray_alternative'(G, _, J, Ns) :- '$portray_body'(G, J, Ns).
listing(N/A) :- !, functor(H, N, A), ( '$predicate_property'(H, Ps), '$member'(dynamic, Ps) -> format(':- dynamic ~q/~w.~n~n', [N, A]) ; true ), ( clause(H, B), portray_clause((H :- B)), fail ; true ), nl.
listing(N) :- '$predicates'(N, L), '$member'(PI, L), listing(PI), fail.
listing(_).
print_message(Kind, Message) :- '$message'(Kind, Message), !.
print_message(_, _).
'$message'(Kind, Message) :- message_hook(Message, Kind, []).
'$message'(Kind, format(F, As)) :- '$message_prefix'(Kind, P), format(user_error, P, []), format(user_error, F, As), nl(user_error).
'$message'(Kind, Message) :- Kind \== silent, '$print_message'(Kind, Message).
'$message_prefix'(error, 'ERROR: ').
'$message_prefix'(warning, 'Warning: ').
print_message_lines(_, _, _).
message_to_codes(_, _, _).
