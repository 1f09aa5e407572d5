package sim

import "github.com/aper-go/aper"

// runners are the machines that are simulated, each under all checkers. A mutation keeps only the line of its machine, to be
// built in less time.
var runners = []runner{
	subject(counterMachine),
	subject(todoMachine),
	subject(bankMachine),
	subject(boardMachine),
	subject(arenaMachine),
	subject(lineMachine),
	watched(notebookMachine),
}

func subject[S aper.StateMachine[S]](m Machine[S]) Subject[S] {
	return Subject[S]{Machine: m, Observers: All[S]}
}
