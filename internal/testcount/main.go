// Command testcount runs a test command and counts what it ran.
//
//	testcount [-counts file] go test -json ./...
//	testcount [-counts file] node --test --test-reporter=./test/reporter.mjs test/*.mjs
//
// The command tells its story in the events of `go test -json` (go doc test2json); node does so through our reporter.
// testcount prints one line for each package, and for a failing one all that its failing tests said; passing
// tests stay quiet. Lines that are no events, such as the go command's own complaints, pass through.
//
// Counted are tests and subtests, each once. A failure that no test accounts for counts as one failed test too:
// a package that does not build, a binary that dies, a command that fails for its own reasons, a run without any test.
//
// The counts are written to the file as "passed failed skipped". The exit status is 1 when anything failed.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
)

func main() {
	file := flag.String("counts", "", "write \"passed failed skipped\" to this `file`")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: testcount [-counts file] command [argument...]")
		os.Exit(2)
	}
	counts := run(flag.Args(), os.Stdout)
	if *file != "" {
		line := fmt.Sprintln(counts.passed, counts.failed, counts.skipped)
		if err := os.WriteFile(*file, []byte(line), 0o666); err != nil {
			fmt.Fprintln(os.Stderr, "testcount:", err)
			os.Exit(2)
		}
	}
	if counts.failed > 0 {
		os.Exit(1)
	}
}

// run runs the command, reports on it to w, and returns what it counted.
func run(command []string, w io.Writer) counts {
	c := newCounter(w)
	err := follow(command, c)
	c.finish(err)
	return c.counts
}

// follow feeds all that the command prints to c. Both streams come through one pipe: what the go command
// says on stderr belongs beside the events it explains.
func follow(command []string, c *counter) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = w, w
	err = cmd.Start()
	w.Close()
	if err != nil {
		return err
	}
	readErr := c.read(r)
	if err := cmd.Wait(); err != nil {
		return err
	}
	return readErr
}
