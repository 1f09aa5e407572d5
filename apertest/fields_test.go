package apertest

import (
	"reflect"
	"testing"
	"time"

	"github.com/aper-go/aper"
)

type card struct {
	ID     aper.ID
	title  string
	votes  [2]int
	due    time.Time // has unexported fields, which are the business of package time
	tags   []string
	anyone any
}

func TestLostField(t *testing.T) {
	full := card{ID: aper.ID{Client: 1, Seq: 2, N: 3}, title: "x", votes: [2]int{4, 5}, due: time.Now(), tags: []string{"y"}, anyone: 6}
	tests := []struct {
		lose func(*card)
		want string
	}{
		{func(c *card) {}, ""},
		{func(c *card) { c.ID.Seq = 0 }, `The field ID.Seq was 2 and is 0`},
		{func(c *card) { c.title = "" }, `The field title was "x" and is ""`},
		{func(c *card) { c.votes[1] = 0 }, `The field votes[1] was 5 and is 0`},
		{func(c *card) { c.anyone = 7 }, `The field anyone was 6 and is 7`},
		{func(c *card) { c.due, c.tags = time.Time{}, nil }, ""},
	}
	for _, test := range tests {
		decoded := full
		test.lose(&decoded)
		if got := lostField(reflect.ValueOf(full), reflect.ValueOf(decoded)); got != test.want {
			t.Errorf("found %q, want %q", got, test.want)
		}
	}
	if got := lostField(reflect.ValueOf(3), reflect.ValueOf(4)); got != "It was 3 and is 4" {
		t.Errorf("without fields: %q", got)
	}
}
