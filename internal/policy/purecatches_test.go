package policy

import (
	"cmp"
	"fmt"
	"testing"
)

// A pure package may do all this.
const goodSource = `package engine

import (
	"errors"
	"maps"
	"slices"

	"example.test/m/wire"
)

type Error struct{ Text string }

func (e *Error) Error() string { return e.Text }

type Walker interface{ Walk() }
type walk struct{}

func (walk) Walk() {}

var (
	ErrLost         = errors.New("lost")
	errDeep         = &Error{"deep"}
	_       Walker  = walk{}
	primes          = [...]int{2, 3, 5}
	names           = []string{"a", "b"}
	digits          = "0123456789"
	codes   []wire.Code
)

func f(m map[int]int, s []int) (sum int, err error) {
	for _, v := range m { // any order: a sum does not care
		sum += v
	}
	for range m {
		sum++
	}
	for i, v := range primes {
		sum += i * v * len(names[i]) * int(digits[v])
	}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		sum += k
	}
	primes := primes
	primes[0], s[0] = 1, 2
	p := &primes
	p[1]++
	return sum, errDeep
}
`

func TestPurityLeavesGoodSourceAlone(t *testing.T) {
	good := badTree(t, map[string]string{
		"engine/engine.go":      goodSource,
		"engine/json.go":        "//go:build !js\n\npackage engine\n\nimport (\n\t\"runtime/debug\"\n\t\"strconv\"\n)\n\nfunc native() string { return strconv.Itoa(len(debug.Stack())) }\n",
		"engine/json_js.go":     "package engine\n\nfunc native() string { return \"\" }\n",
		"engine/engine_test.go": "package engine\n\nimport _ \"time\"\n\nvar state int\n",
		"wire/wire.go":          "package wire\n\ntype Code uint8\n",
	})
	found, err := checkPure(good, "engine")
	want(t, found, err)
}

func TestPurityCatches(t *testing.T) {
	const serial = "pure packages are values that one caller steps"
	const state = "pure packages keep no state: work on a local copy, or pass it as an argument"
	variable := func(name, kind string) string {
		return fmt.Sprintf("package variable %s is a %s; pure packages keep no state: make it a constant, a function, a field, or a table (array, slice or string) that nobody writes to", name, kind)
	}
	tests := []struct {
		name   string
		file   string // bad.go unless given
		source string // what follows the package clause in line 1
		want   []string
	}{
		{name: "goroutine", source: "func f() { go f() }",
			want: []string{"2: starts a goroutine; " + serial + ": let room or client run it"}},
		{name: "channel type", source: "type T struct{ c chan int }",
			want: []string{"2: has a channel; " + serial + ": return a slice or a Ready"}},
		{name: "channel use", source: "type C = chan int\nfunc f(c C) {\nc <- 1\n<-c\nfor range c {\n}\nselect {}\n}",
			want: []string{
				"2: has a channel; " + serial + ": return a slice or a Ready",
				"4: sends to a channel; " + serial + ": return a slice or a Ready",
				"5: receives from a channel; " + serial + ": take the value as an argument",
				"6: receives from a channel; " + serial + ": take the values as an argument",
				"8: selects; " + serial + ": return what happened, and let room or client wait",
			}},
		{name: "coroutine", source: "import \"iter\"\nfunc f(s iter.Seq[int]) { iter.Pull(s) }",
			want: []string{"3: calls iter.Pull, which runs a coroutine; " + serial + ": loop over the sequence"}},
		{name: "clock", source: "import \"time\"\nvar _ = time.Now",
			want: []string{"2: imports time; pure packages take time as an argument (aper.Time): let room pass it in"}},
		{name: "locks", source: "import (\n_ \"sync\"\n_ \"sync/atomic\"\n)",
			want: []string{
				"3: imports sync; pure packages run on one goroutine and share nothing: let room and client lock",
				"4: imports sync/atomic; pure packages run on one goroutine and share nothing: let room and client lock",
			}},
		{name: "chance", source: "import (\n_ \"crypto/rand\"\n_ \"hash/maphash\"\n_ \"math/rand/v2\"\n)",
			want: []string{
				"3: imports crypto/rand; chance must be the same on every replica: take it from Meta.Rand or Meta.NewID",
				"4: imports hash/maphash; its seed differs in every process: use hash/fnv or hash/crc32",
				"5: imports math/rand/v2; chance must be the same on every replica: take it from Meta.Rand or Meta.NewID",
			}},
		{name: "input and output", source: "import (\n_ \"io/fs\"\n_ \"net/http\"\n_ \"os\"\n_ \"context\"\n)",
			want: []string{
				"3: imports io/fs; pure packages return what is to be kept: let journal and room do the I/O",
				"4: imports net/http; pure packages return what is to be sent: let server and client send it",
				"5: imports os; pure packages return what is to be kept: let journal and room do the I/O",
				"6: imports context; pure packages never wait, so there is nothing to cancel: let room and client take the context",
			}},
		{name: "weight", source: "import (\n_ \"fmt\"\n_ \"strconv\"\n_ \"reflect\"\n_ \"unsafe\"\n_ \"encoding/json\"\n)",
			want: []string{
				"3: imports fmt; it weighs 60 kB in the browser: put error texts together by hand, or use aper.Conflict",
				"4: imports strconv; it weighs 40 kB in the browser: move this into a file with //go:build !js, or write the few digits by hand",
				"5: imports reflect; types travel by generated code: let cmd/apergen write it",
				"6: imports unsafe; it does not survive the way to JavaScript: write it plainly",
				"7: imports encoding/json; bytes go through package cbor, JSON through aper.Coder",
			}},
		{name: "the machine", source: "import (\n_ \"runtime\"\n_ \"runtime/debug\"\n)",
			want: []string{
				"3: imports runtime; pure packages know nothing of the machine they run on: let their caller pass it in",
				"4: imports runtime/debug; move this into a file with //go:build !js",
			}},
		{name: "clock in a browser file", file: "bad_js.go", source: "import _ \"time\"",
			want: []string{"2: imports time; pure packages take time as an argument (aper.Time): let room pass it in"}},
		{name: "a package nobody judged", source: "import _ \"regexp\"",
			want: []string{"2: imports regexp; it is not known to be pure: do without it, or, if it has no clock, lock, I/O or chance and little weight, add it to harmless in internal/policy/pure_test.go"}},
		{name: "map order", source: "import \"maps\"\ntype M map[int]int\nfunc f[K ~map[int]int](m M, k K) {\nfor range m {\n}\nfor range maps.Values(m) {\n}\nfor k := range m {\n_ = k\n}\nfor _, v := range k {\n_ = v\n}\n}",
			want: []string{
				"7: calls maps.Values; " + order,
				"9: ranges over a map; " + order,
				"12: ranges over a map; " + order,
			}},
		{name: "map order without a reason", source: "func f(m map[int]int) {\nfor k := range m { // any order:\n_ = k\n}\n}",
			want: []string{"3: // any order: gives no reason; say in the same line why the order does not matter"}},
		{name: "package state", source: "type T struct{}\nvar a, b int\nvar c map[string]int\nvar d *T\nvar e T\nvar f = func() {}\nvar g any",
			want: []string{
				"3: " + variable("a", "int"), "3: " + variable("b", "int"), "4: " + variable("c", "map"), "5: " + variable("d", "pointer"),
				"6: " + variable("e", "struct"), "7: " + variable("f", "func"), "8: " + variable("g", "interface"),
			}},
		{name: "tables written to", source: `import "io"
type Table [3]int
func (t *Table) set() { t[0] = 1 }
var a Table
var s []string
func f(i int) {
	a[1] = 1
	a[i]++
	_ = &a[2]
	a.set()
	s = nil
	s = append(s[:0], "x")
	_ = a[1:]
	for a[0] = range s {}
	copy(s, s)
	clear(s)
	io.EOF = nil
}`,
			want: []string{
				"8: assigns to package variable a; " + state,
				"9: changes package variable a; " + state,
				"10: takes the address of package variable a; " + state,
				"11: takes the address of (by a method with a pointer receiver) package variable a; " + state,
				"12: assigns to package variable s; " + state,
				"13: assigns to package variable s; " + state,
				"13: lets append write to package variable s; " + state,
				"14: takes the address of (by slicing an array) package variable a; " + state,
				"15: assigns to package variable a; " + state,
				"16: lets copy write to package variable s; " + state,
				"17: lets clear write to package variable s; " + state,
				"18: assigns to package variable EOF; " + state,
			}},
		{name: "a file of an unknown build", file: "bad_plan9.go", source: "",
			want: []string{"1: belongs to no build that this test knows: add its build to builds in internal/policy/pure_test.go"}},
		{name: "what does not compile", source: "func f() { undefinedName() }\nfunc g() { go g() }",
			want: []string{
				"2: does not compile, so it cannot be shown to be pure: undefined: undefinedName",
				"3: starts a goroutine; " + serial + ": let room or client run it",
			}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			file := "engine/" + cmp.Or(test.file, "bad.go")
			bad := badTree(t, map[string]string{file: "package engine\n" + test.source + "\n"})
			found, err := checkPure(bad, "engine")
			for i := range test.want {
				test.want[i] = file + ":" + test.want[i]
			}
			want(t, found, err, test.want...)
		})
	}
}
