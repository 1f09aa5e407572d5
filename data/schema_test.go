package data

import (
	"testing"

	"github.com/aper-go/aper"
)

// What the containers of a state are is part of its schema, by which a client sees that it was built from the same.
func TestSchemas(t *testing.T) {
	for _, schema := range []struct{ got, want string }{
		{aper.Schema[Counter](), "int64 data.Counter transitions{ 1 Add{ by int64} 2 Set{ to int64} 3 Subtract{ by int64}}"},
		{aper.Schema[Atom[bool]](), "bool data.Atom transitions{ 1 Set{ to bool}}"},
		{aper.Schema[Constant[string]](), "text data.Constant transitions{}"},
		{aper.Schema[Map[user, Constant[int]]](), "map[ text : int64] data.Map transitions{ 1 Put{ key text value int64}" +
			" 2 Delete{ key text} 3 Change{ key text do data.Constant transitions{}}}"},
		{aper.Schema[Set[uint8]](), "[ uint8] data.Set transitions{ 1 Add{ key uint8} 2 Remove{ key uint8}}"},
		{aper.Schema[Vector[float32]](), "[ float32] data.Vector transitions{ 1 Set{ index int64 to float32}" +
			" 2 Append{ value float32} 3 Truncate{ len int64}}"},
		{aper.Schema[Grid[bool]](), "[ [ bool]] data.Grid transitions{ 1 Set{ x int64 y int64 to bool}}"},
	} {
		if schema.got != schema.want {
			t.Errorf("got  %s\nwant %s\nRooms are stored by it: add transitions at the end.", schema.got, schema.want)
		}
	}
}
