% Grammar rules and expansion.

'$expand_and_add'(T) :- ( '$expand_term'(T, X) -> true ; X = T ), '$add_expanded'(X).
'$add_expanded'(X) :- var(X), !, throw(error(instantiation_error, _)).
'$add_expanded'([]) :- !.
'$add_expanded'([X|Xs]) :- !, '$add_expanded'(X), '$add_expanded'(Xs).
'$add_expanded'((:- G)) :- !, call(G).
'$add_expanded'(X) :- X = (_ --> _), !, dcg_translate_rule(X, C), '$add_clause'(C).
'$add_expanded'(X) :- '$add_clause'(X).
'$expand_term'(T, X) :- term_expansion(T, X), !.
expand_term(T, X) :- ( term_expansion(T, X0) -> X = X0 ; T = (_ --> _) -> dcg_translate_rule(T, X) ; X = T ).
expand_goal(G, G).
dcg_translate_rule((H --> B), Clause) :- '$dcg_rule'(H, B, Clause).
'$dcg_rule'(H, _, _) :- var(H), !, throw(error(instantiation_error, _)).
'$dcg_rule'((H, PB), B, (H1 :- B1)) :- !,
    '$dcg_nonterminal'(H, S0, S, H1), '$dcg_body'(B, S0, S1, B0), '$dcg_terminals'(PB, S, S1, B2), B1 = (B0, B2).
'$dcg_rule'(H, B, (H1 :- B1)) :- '$dcg_nonterminal'(H, S0, S, H1), '$dcg_body'(B, S0, S, B1).
'$dcg_nonterminal'(H, S0, S, H1) :- ( callable(H) -> true ; throw(error(type_error(callable, H), _)) ), H =.. L0, '$append'(L0, [S0, S], L), H1 =.. L.
'$dcg_body'(V, S0, S, phrase(V, S0, S)) :- var(V), !.
'$dcg_body'((A, B), S0, S, (A1, B1)) :- !, '$dcg_body'(A, S0, S1, A1), '$dcg_body'(B, S1, S, B1).
'$dcg_body'((A ; B), S0, S, (A1 ; B1)) :- !, '$dcg_body'(A, S0, S, A1), '$dcg_body'(B, S0, S, B1).
'$dcg_body'((A | B), S0, S, (A1 ; B1)) :- !, '$dcg_body'(A, S0, S, A1), '$dcg_body'(B, S0, S, B1).
'$dcg_body'((A -> B), S0, S, (A1 -> B1)) :- !, '$dcg_body'(A, S0, S1, A1), '$dcg_body'(B, S1, S, B1).
'$dcg_body'((A *-> B), S0, S, (A1 *-> B1)) :- !, '$dcg_body'(A, S0, S1, A1), '$dcg_body'(B, S1, S, B1).
'$dcg_body'(\+ A, S0, S, (\+ A1, S0 = S)) :- !, '$dcg_body'(A, S0, _, A1).
'$dcg_body'(!, S0, S, (!, S0 = S)) :- !.
'$dcg_body'({}, S0, S, S0 = S) :- !.
'$dcg_body'({G}, S0, S, (G, S0 = S)) :- !.
'$dcg_body'([], S0, S, S0 = S) :- !.
'$dcg_body'(L, S0, S, G) :- L = [_|_], !, '$dcg_terminals'(L, S0, S, G).
'$dcg_body'(Str, S0, S, G) :- string(Str), !, string_codes(Str, L), '$dcg_terminals'(L, S0, S, G).
'$dcg_body'(call(G, As), S0, S, call(G, As, S0, S)) :- !.
'$dcg_body'(call(G), S0, S, call(G, S0, S)) :- !.
'$dcg_body'(H, S0, S, H1) :- '$dcg_nonterminal'(H, S0, S, H1).
'$dcg_terminals'(L, S0, S, S0 = L1) :- ( string(L) -> string_codes(L, Cs) ; Cs = L ), ( is_list(Cs) -> true ; throw(error(type_error(list, Cs), _)) ), '$append'(Cs, S, L1).
phrase(G, L) :- phrase(G, L, []).
phrase(G, _, _) :- var(G), !, throw(error(instantiation_error, _)).
phrase(G, L, R) :- '$dcg_body'(G, S0, S, B), S0 = L, S = R, call(B).
