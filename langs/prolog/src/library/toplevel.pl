% The toplevel's queries.

'$query'(G, Names) :- '$choice_stamp'(S0), call(G), '$choice_stamp'(S1), ( S0 == S1 -> Last = true ; Last = false ), '$answer'(Names, Last), !.
'$query'(_, _) :- '$no_answer'.
