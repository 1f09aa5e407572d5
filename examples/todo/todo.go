// Package todo is a shared list of things to do. Nobody wrote a transition for it: the state is marked as derived, so every
// field can be changed by itself, and the containers bring what lists can do.
package todo

//go:generate go tool apergen

import "github.com/aper-go/aper/data"

// Todo is the state.
//
//aper:derive
type Todo struct {
	Title string
	Items data.List[Item]
}

// Item is one thing to do.
//
//aper:derive
type Item struct {
	Text string
	Done bool
}
