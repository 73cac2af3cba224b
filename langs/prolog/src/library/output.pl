% Output.

format(S, F, A) :- '$sink'(S), !, '$capture', ( catch(format(F, A), E, true) -> true ; true ), '$captured'(T), ( nonvar(E) -> throw(E) ; true ), '$to_sink'(S, T).
format(S, F, A) :- '$format_on'(S, F, A).
'$sink'(S) :- compound(S), S \= '$stream'(_).
'$to_sink'(atom(A), T) :- atom_string(A, T).
'$to_sink'(string(T), T).
'$to_sink'(codes(Cs), T) :- string_codes(T, Cs).
'$to_sink'(chars(Cs), T) :- string_chars(T, Cs).
with_output_to(S, G) :- '$capture', ( catch(G, E, true) -> R = true ; R = fail ), '$captured'(T), ( nonvar(E) -> throw(E) ; true ), R == true, '$to_sink'(S, T).
portray_clause(C) :- \+ \+ ( numbervars(C, 0, _), '$portray'(C) ).
'$portray'((H :- true)) :- !, writeq(H), write('.'), nl.
'$portray'((H :- B)) :- !, writeq(H), write(' :-'), nl, '$portray_body'(B), write('.'), nl.
'$portray'(F) :- writeq(F), write('.'), nl.
'$portray_body'((A, B)) :- !, '$portray_body'(A), write(','), nl, '$portray_body'(B).
'$portray_body'(G) :- write('    '), writeq(G).
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
