package editor

import (
	"context"
	"strings"
	"testing"

	"github.com/aper-go/aper/apertest"
	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/data"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/server"
)

// Two clients type letter by letter into one text, at two places and at one: each one's words are there whole, and both see the
// same.
func TestTwoTypeAtOnce(t *testing.T) {
	for _, test := range []struct {
		name     string
		at       [2]int // where they begin
		accepted func(text, ann, bob string) bool
	}{
		{"at two places", [2]int{1, 3}, func(text, ann, bob string) bool { return text == "("+ann+")("+bob+")" }},
		{"at one place", [2]int{1, 1}, func(text, ann, bob string) bool {
			return text == "("+ann+bob+")()" || text == "("+bob+ann+")()"
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			rooms := apertest.Server(t, Editor{Body: data.NewText("()()")}, server.Options{Room: room.Options{Rate: -1}})
			words := [2]string{strings.Repeat("the quick brown fox ", 20), strings.Repeat("OVER THE LAZY DOG ", 20)}
			var clients [2]*client.Client[Editor]
			for i := range clients {
				c, err := rooms.Client(t.Context(), "lobby", room.Principal{}, client.Options{})
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				clients[i] = c
			}
			typed := make(chan error, len(clients))
			for i, c := range clients {
				go func() { typed <- typeInto(t.Context(), c, test.at[i], words[i]) }()
			}
			for range clients {
				if err := <-typed; err != nil {
					t.Fatal(err)
				}
			}
			for _, c := range clients {
				for s := range c.Watch(t.Context()) {
					if len(s.Body.String()) == len(words[0])+len(words[1])+4 {
						break
					}
				}
				if got := c.State().Body.String(); !test.accepted(got, words[0], words[1]) {
					t.Errorf("the text is %q", got)
				}
			}
		})
	}
}

// typeInto types a text letter by letter, each where the one before it is by now.
func typeInto(ctx context.Context, c *client.Client[Editor], at int, words string) error {
	typed := ""
	for _, letter := range words {
		// Nobody else's letters are like these, and what is typed here stays in one piece.
		if found := strings.Index(c.State().Body.String(), typed); typed != "" && found >= 0 {
			at = found + len(typed)
		}
		if _, err := c.Push(EditorBody{Do: data.InsertText(at, string(letter))}); err != nil {
			return err
		}
		typed += string(letter)
	}
	return c.Flush(ctx)
}
