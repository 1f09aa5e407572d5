package sim

import (
	"math/rand/v2"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/examples/bank"
	"github.com/aper-go/aper/examples/counter"
)

// runners are the machines that are simulated.
var runners = []runner{
	subject(Machine[counter.Counter]{Name: "counter", Make: makeCounter}),
	subject(Machine[bank.Bank]{Name: "bank", Make: makeBank}),
}

func subject[S aper.StateMachine[S]](m Machine[S]) Subject[S] {
	return Subject[S]{Machine: m, Observers: All[S]}
}

func makeCounter(r *rand.Rand, s counter.Counter) aper.Transition[counter.Counter] {
	if r.IntN(2) == 0 {
		return counter.Increment{By: r.Int64N(100)}
	}
	return counter.Decrement{By: r.Int64N(s.Value + 2)}
}

func makeBank(r *rand.Rand, s bank.Bank) aper.Transition[bank.Bank] {
	name := func() string { return string(rune('a' + r.IntN(4))) }
	switch amount := 1 + r.Int64N(20); r.IntN(8) {
	case 0:
		return bank.Open{Name: name()}
	case 1, 2:
		return bank.Deposit{To: name(), Amount: amount}
	case 3:
		return bank.Withdraw{From: name(), Amount: amount}
	case 4:
		return aper.All[bank.Bank](bank.Deposit{To: name(), Amount: amount}, bank.Transfer{From: name(), To: name(), Amount: amount})
	default:
		return bank.Transfer{From: name(), To: name(), Amount: amount}
	}
}
