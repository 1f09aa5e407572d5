// Package notebook is a machine with texts at two depths, beside a plain field. It is there to be simulated.
package notebook

//go:generate go tool apergen

import "github.com/aper-go/aper/data"

// Notebook is the state.
//
//aper:derive
type Notebook struct {
	Title string
	Body  data.Text
	Notes data.Map[string, data.Text]
}

// New returns a notebook with a body that everybody begins with.
func New() Notebook { return Notebook{Body: data.NewText("plain")} }
