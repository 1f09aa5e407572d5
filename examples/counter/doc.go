// Package counter is the smallest state machine that is worth sharing: a number that several people count up and down,
// and that a rule keeps from being taken below zero.
//
// The files, in the order in which they are best read:
//
//   - counter.go: the machine, as a person writes it. This is all that an application needs to write.
//   - counter_aper.go and aper.schema: what the generator makes of it. Nobody edits them; both are committed.
//   - counter_test.go: its rules as a table, and apertest.Check, which looks for what no table thinks of.
//   - example_test.go: the machine used by itself, without a network.
//   - cmd/client: a program that joins a room from a terminal.
//
// Its web page is in examples/page, with those of the other examples.
//
// From the root of the repository:
//
//	go generate ./examples/counter     after a change of counter.go
//	go test ./examples/counter
//	go run ./cmd/aper demo             serves the pages of all examples, and prints their addresses
//	go run ./examples/counter/cmd/client ws://localhost:8080/counter/lobby
package counter
