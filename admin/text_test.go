package admin

import (
	"encoding/json"
	"testing"
)

// What others have written is shown, and cannot move the cursor, hide a line or turn its direction.
func TestHarmless(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{`{"a":"grün <b>"}`, `{"a":"grün <b>"}`},
		{"{\"a\":\"\u009b2J\u202e\"}", `{"a":"\u009b2J\u202e"}`},
		{"[\"\U000e0001\"]", `["\udb40\udc01"]`},
	} {
		got := string(harmless([]byte(test.text)))
		if got != test.want {
			t.Errorf("%q is %s, want %s", test.text, got, test.want)
		}
		var before, after any
		if err := json.Unmarshal([]byte(test.text), &before); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(got), &after); err != nil {
			t.Fatal(err)
		}
		if a, b := must(json.Marshal(before)), must(json.Marshal(after)); a != b {
			t.Errorf("%s became %s", a, b)
		}
	}
	if got := shown("bob\x1b[2J"); got != `"bob\x1b[2J"` {
		t.Error(got)
	}
}

func must(b []byte, err error) string {
	if err != nil {
		panic(err)
	}
	return string(b)
}
