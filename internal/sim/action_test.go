package sim

import (
	"strings"
	"testing"
)

// Every verb can be written and read again, and says what it means.
func TestVerbsHaveOneForm(t *testing.T) {
	for v := Verb(1); v < verbCount; v++ {
		f := &forms[v]
		if f.words == "" || f.meaning == "" {
			t.Errorf("verb %d has no words, or no meaning", v)
			continue
		}
		a := Action{Verb: v}
		switch f.actor {
		case aClient, anOwner:
			a.Actor = 3
		}
		switch f.argument {
		case aNumber, maybeNumber, signed:
			a.Number = 7
		case otherClient:
			a.Client = 1
		case text:
			a.Text = `{"Increment":{"by":5}}`
		}
		read, err := ParseAction(a.String() + "  # a remark")
		if err != nil || read != a {
			t.Errorf("%q is read as %+v, %v; want %+v", a, read, err, a)
		}
	}
}

func TestHistoriesAreRefusedWithTheirLine(t *testing.T) {
	for _, text := range []string{"A", "A fly", "AA dial", "0 open", "1 take", "1 take b", "1 clock soon", "A push", "world settle now"} {
		if _, err := ParseHistory("1 open\n    an effect\n" + text + "\n"); err == nil || !strings.HasPrefix(err.Error(), "line 3: ") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestRemarksDoNotEndQuotes(t *testing.T) {
	a, err := ParseAction(`A push {"Open":{"name":"# \" #"}} # a remark`)
	if want := `{"Open":{"name":"# \" #"}}`; err != nil || a.Text != want {
		t.Errorf("%q, %v; want %q", a.Text, err, want)
	}
}
