package server

import (
	"encoding/json"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// presenceJSON is what a view is told of one session. The value is what that one set, or null when it set no JSON.
type presenceJSON struct {
	User  string          `json:"user"`
	Value json.RawMessage `json:"value"`
}

// presenceOf returns the presence that a view sets: its JSON text. Null takes it back.
func presenceOf(value json.RawMessage) wire.Presence {
	if string(value) == "null" {
		return wire.Presence{}
	}
	return wire.Presence{Value: value}
}

// present adds presences to a message. What comes later in a message counts.
func (out *response) present(m wire.Presences) {
	if m.Reset || out.Presences == nil {
		out.Presences, out.All = map[aper.ClientID]*presenceJSON{}, m.Reset
	}
	for _, entry := range m.Set {
		shown := &presenceJSON{User: entry.User, Value: entry.Value}
		if !json.Valid(entry.Value) {
			shown.Value = nil
		}
		out.Presences[entry.Client] = shown
	}
	for _, client := range m.Gone {
		out.Presences[client] = nil
	}
}
