package apertest

import (
	"fmt"
	"go/format"
	"strings"
)

// describe writes what a person needs to see a breach and to end it.
func (e *exploration[S]) describe(b breach[S]) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s.\n\n", b.rule.says)
	for line := range strings.Lines(formatted(e.source(b))) {
		text.WriteString("\t" + line)
	}
	fmt.Fprintf(&text, "\n%s\n", b.evidence)
	if b.once {
		text.WriteString("It happened once, and not when this history was replayed: something besides it has a part in it.\n")
	}
	fmt.Fprintf(&text, "%s\n(Seed %d. The values above are written by %%#v.)\n", b.rule.todo, e.seed)
	return text.String()
}

// source writes a breach as Go, for a test outside of the machine's package.
func (e *exploration[S]) source(b breach[S]) string {
	if strings.HasPrefix(b.rule.code, "aper.CodeTransition") {
		return "t := " + goSource(b.tries[0].transition) + "\n" + b.rule.code + "\n"
	}
	var lines strings.Builder
	fmt.Fprintf(&lines, "s := %s\n", e.start.source)
	for _, s := range b.past {
		fmt.Fprintf(&lines, "s, _ = %s\n", applySource(s))
	}
	if b.rule.code != "" {
		return lines.String() + b.rule.code + "\n"
	}
	for _, s := range b.tries {
		fmt.Fprintf(&lines, "%s\n", applySource(s))
	}
	return lines.String()
}

// formatted returns what gofmt makes of the source, or the source when %#v of some type gave no Go.
func formatted(source string) string {
	if pretty, err := format.Source([]byte(source)); err == nil {
		return string(pretty)
	}
	return source
}
