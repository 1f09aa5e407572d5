package sim

import "github.com/aper-go/aper"

// runners are the machines that are simulated, each under all checkers.
var runners = []runner{
	subject(counterMachine),
	subject(todoMachine),
	subject(bankMachine),
	subject(boardMachine),
	subject(arenaMachine),
	subject(lineMachine),
}

func subject[S aper.StateMachine[S]](m Machine[S]) Subject[S] {
	return Subject[S]{Machine: m, Observers: All[S]}
}
