package sim

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/internal/sim/notebook"
)

// runners are the machines that are simulated, each under all checkers.
var runners = []runner{
	subject(counterMachine),
	subject(todoMachine),
	subject(bankMachine),
	subject(boardMachine),
	subject(arenaMachine),
	subject(lineMachine),
	Subject[notebook.Notebook]{Machine: notebookMachine, Observers: watchNotebook},
}

func subject[S aper.StateMachine[S]](m Machine[S]) Subject[S] {
	return Subject[S]{Machine: m, Observers: All[S]}
}
