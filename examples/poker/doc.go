// Package poker is a card game, five-card draw for two to six, in which players see their own cards and not those of
// others. It is the one to copy for hidden information.
//
// # The model
//
// The state is the whole table, with all cards: who sits where, the chips, the hands, and the deck in the order in which it
// will be dealt. What a rule needs is in the state, and only the authority has the state. Nobody else applies a rule: a
// client of a machine that hides something is told what its session may see, which is the View of the state, and pushes
// transitions as JSON. What a player may not do is a conflict.
//
// A hand goes through stages: everyone pays the ante and gets five cards; a round of bets; each exchanges up to three
// cards; a round of higher bets; the showdown, where the best hand takes the pot, and equal ones share it. The odd chips go
// one each to those winners who sit next after the dealer. Bets are fixed and each round has three raises at most, so what
// a hand can cost is known before: [Stake]. Who has less is not dealt in. So nobody runs out of chips in a hand, and there
// are no side pots. The deck cannot run out either: six players get 30 cards and exchange 18 at most.
//
// # What is hidden, and from whom
//
//   - The deck: from all, the cards that were dealt included. Among these are those that somebody exchanged.
//   - A hand: from all but its player, until it is shown. The showdown shows the hands of all who have not folded. A hand
//     that was folded is never shown, and neither is that of a player whom all others left the pot to.
//   - From those who watch: the same, so they see no cards before the showdown.
//   - The random numbers by which the deck was shuffled: they are not in the state, and no view has them.
//
// All else is open, as at a table: who plays, the chips and bets, whose turn it is until when, how many cards each has
// exchanged. [Poker.View] sets to zero what is hidden. Before a field is added to the state, its place is in one of these
// lists. What is computed from hidden cards is as secret as they are: the worth of a hand is no field while it is played.
//
// Who runs the server sees everything: it is in the file, in the log, and in the state that a trusted session
// (room.Principal.SeesAll) gets. And a deck comes of 64 random bits, which is right for a game among friends: there are
// more orders of 52 cards than that.
//
// # What conflicts tell
//
// A conflict is an answer, and who asks often enough learns from answers. So no rule looks at hidden cards to find out
// whether something is allowed, and no text names one: a rule that said "another has the ace of spades" would be asked for
// each of the cards.
//
// The same holds for what a client may try together. With aper.All it can push a call, and with it something that only who
// has lost may do. If calling showed the cards at once, the refusal of the second would take back the call, and say how it
// would have ended. Here the bets end in a stage of their own, [Showdown], and the room makes [Show] as the next event, at
// once. Whether a client's transition is allowed depends on no card.
//
// # Who is who
//
// Seats are kept as in package dropfour: by a user, with all sessions that he has, or without authentication by one
// session, whose seat is free when it is gone. Who leaves in the middle of a hand has folded, and his cards are gone; who
// sits down on his seat sees nothing of them. With guests nothing prevents somebody from sitting down twice, with two
// sessions, and seeing two hands: authenticate when that matters.
//
// A player has [TurnTime] for each turn. Then the room makes [Timeout], which checks, or keeps all cards, or folds when
// going on would cost chips. He is away from then on, and is dealt in again when he has acted or said that he is [Back].
//
// # The files
//
//   - poker.go: the state and its transitions, and who sits where.
//   - play.go: the rules of a hand. table.go: turns, stages and the pot.
//   - hand.go: cards, and what a hand is worth.
//   - view.go: what a session may see.
//   - poker_aper.go and aper.schema: what the generator makes of it.
//   - poker_test.go: the rules as tables. hand_test.go: all 2,598,960 hands.
//   - game_test.go: random evenings, on which chips are conserved and no hand gets stuck.
//   - view_test.go: that views do not depend on what is hidden, and neither does what is allowed.
//   - example_test.go: one table as three people see it.
package poker
