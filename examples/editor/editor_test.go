package editor

import (
	"os"
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/apertest"
	"github.com/aper-go/aper/data"
)

func moves() []aper.Transition[Editor] {
	return []aper.Transition[Editor]{
		EditorTitle{To: "Minutes"},
		EditorBody{Do: data.InsertText(0, "Dear all,\n")},
		EditorBody{Do: data.InsertText(4, "😀")},
		EditorBody{Do: data.DeleteText(2, 3)},
		EditorBody{Do: data.EditText(data.TextEdit{At: 1, Delete: 2, Insert: "ab"}, data.TextEdit{At: 5, Insert: "c"})},
		EditorBody{Do: data.InsertText(-1, "nowhere")},
		EditorBody{Do: data.DeleteText(0, 1000)},
	}
}

func TestMachine(t *testing.T) {
	apertest.Check(t, Editor{}, moves()...)
	apertest.Check(t, Editor{Title: "Minutes", Body: data.NewText("The tea was good.")}, moves()...)
}

// Rooms of which everything breaks that can, with people who type into each other's words.
func TestRooms(t *testing.T) {
	apertest.Converge(t, Editor{Body: data.NewText("The tea was good.")}, moves()...)
}

// Ann and Bob see one text and each changes it. Whose edit is decided first makes no difference, but for who comes first at
// one place.
func TestEditsThatCross(t *testing.T) {
	type edit = data.TextEdit
	for _, test := range []struct {
		name     string
		ann, bob edit
		want     string // when Ann is first
		other    string // when Bob is, if that is another text
	}{
		{"at two places", edit{At: 3, Insert: " green"}, edit{At: 16, Insert: ", as ever"}, "The green tea was good, as ever.", ""},
		{"at one place", edit{At: 7, Insert: " of Ann"}, edit{At: 7, Insert: " of Bob"},
			"The tea of Bob of Ann was good.", "The tea of Ann of Bob was good."},
		{"into what is deleted", edit{At: 4, Delete: 4}, edit{At: 6, Insert: "X"}, "The Xwas good.", ""},
		{"both delete", edit{At: 0, Delete: 8}, edit{At: 4, Delete: 8}, "good.", ""},
		{"both replace", edit{At: 12, Delete: 4, Insert: "cold"}, edit{At: 12, Delete: 4, Insert: "weak"},
			"The tea was weakcold.", "The tea was coldweak."},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.other == "" {
				test.other = test.want
			}
			for _, order := range []struct {
				first, second edit
				ann, bob      aper.ClientID
				want          string
			}{{test.ann, test.bob, 1, 2, test.want}, {test.bob, test.ann, 2, 1, test.other}} {
				s := Editor{Body: data.NewText("The tea was good.")}
				s = apply(t, s, data.EditText(order.first), &aper.Meta{Seq: 1, Client: order.ann, ClientSeq: 1})
				s = apply(t, s, data.EditText(order.second), &aper.Meta{Seq: 2, Client: order.bob, ClientSeq: 1})
				if got := s.Body.String(); got != order.want {
					t.Errorf("with %d first it is %q, want %q", order.ann, got, order.want)
				}
			}
		})
	}
}

func apply(t *testing.T, s Editor, do aper.Transition[data.Text], m *aper.Meta) Editor {
	t.Helper()
	next, err := EditorBody{Do: do}.Apply(s, m)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// What README.md shows is what there is.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("editor.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```go\n")
	shown, _, ok := strings.Cut(rest, "```")
	if !ok || !strings.Contains(string(source), shown) {
		t.Error("README.md shows what is not in editor.go")
	}
}
