package cbor

// A card is what generated code deals with: a small struct, written as an array of its fields.
type card struct {
	Number uint64
	Votes  int64
	Title  string
	Done   bool
	Weight float64
	Blob   []byte
	Labels []int64
}

var exampleCard = card{
	Number: 7,
	Votes:  -3,
	Title:  "write the reader",
	Done:   true,
	Weight: 1.5,
	Blob:   []byte{1, 2, 3},
	Labels: []int64{5, 1000, -70000},
}

func appendCard(b []byte, c *card) []byte {
	b = AppendArray(b, 7)
	b = AppendUint(b, c.Number)
	b = AppendInt(b, c.Votes)
	b = AppendText(b, c.Title)
	b = AppendBool(b, c.Done)
	b = AppendFloat(b, c.Weight)
	b = AppendBytes(b, c.Blob)
	b = AppendArray(b, len(c.Labels))
	for _, label := range c.Labels {
		b = AppendInt(b, label)
	}
	return b
}

// readCard reads into c and uses the memory of c.Labels again.
func readCard(r *Reader, c *card) {
	if r.Array() != 7 {
		r.Fail("expected array of 7 items for a card")
	}
	c.Number = r.Uint()
	c.Votes = r.Int()
	c.Title = r.Text()
	c.Done = r.Bool()
	c.Weight = r.Float()
	c.Blob = r.Bytes()
	c.Labels = c.Labels[:0]
	for range r.Array() {
		c.Labels = append(c.Labels, r.Int())
	}
}
