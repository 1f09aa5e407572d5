package editor

//go:generate go tool apergen

import "github.com/aper-go/aper/data"

// Editor is the state.
//
//aper:derive
type Editor struct {
	Title string
	Body  data.Text
}
