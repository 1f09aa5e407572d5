package crash

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A systemCall is one line that strace writes, or two where another thread's came in between.
type systemCall struct {
	name         string
	arguments    string
	result       int64
	began, ended int // lines
}

// An operation is what was done to the file with the rooms.
type operation struct {
	kind         operationKind
	at           int64  // offset of a write, or the new size
	data         []byte // of a write
	began, ended int
}

type operationKind int

const (
	writes operationKind = iota
	resizes
	syncs
)

// A recording is what was done to the file with the rooms, in order, and what was told meanwhile.
type recording struct {
	operations []operation
	told       []toldLine
	named      int // where the name of the file became durable
}

// traced are the calls that can change a file, or make a change durable.
const traced = "openat,open,close,write,writev,pwrite64,pwritev,pwritev2,ftruncate,truncate,fallocate,rename,fdatasync,fsync,sync_file_range,msync"

// record runs a child of this program and returns what it did. The role says which.
func record(t *testing.T, role string) *recording {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("this needs strace to see the writes of a process; it is in the Debian package strace")
	}
	if out, err := exec.Command(strace, "-f", "-o", os.DevNull, os.Args[0], "-test.run=^$").CombinedOutput(); err != nil {
		t.Skipf("this needs strace, which may not trace processes here (in a container it takes the capability SYS_PTRACE): %v\n%s", err, out)
	}
	file := filepath.Join(t.TempDir(), "rooms.db")
	log := file + ".strace"
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	child := exec.CommandContext(ctx, strace, "-f", "-e", "trace="+traced, "-e", "signal=none", "-xx", "-s", "1000000000", "-o", log, os.Args[0])
	child.Env = append(os.Environ(), roleVariable+"="+role, fileVariable+"="+file)
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	calls, err := readCalls(log)
	if err != nil {
		t.Fatal(err)
	}
	r, err := newRecording(calls, file)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// readCalls reads what strace wrote.
func readCalls(path string) ([]systemCall, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var calls []systemCall
	open := map[string]systemCall{} // by thread
	in := bufio.NewReaderSize(file, 1<<20)
	for number := 0; ; number++ {
		text, err := in.ReadString('\n')
		if text == "" {
			return calls, ignoreEnd(err)
		}
		thread, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
		rest = strings.TrimSpace(rest)
		call := systemCall{began: number, ended: number}
		if begun, ok := strings.CutSuffix(rest, "<unfinished ...>"); ok {
			call.arguments = begun
			open[thread] = call
			continue
		}
		if strings.HasPrefix(rest, "<... ") {
			_, end, _ := strings.Cut(rest, "resumed>")
			call.began = open[thread].began
			rest = open[thread].arguments + end
		}
		if ok, err := call.parse(rest); err != nil {
			return nil, fmt.Errorf("line %d of strace: %w: %.200s", number+1, err, rest)
		} else if ok {
			calls = append(calls, call)
		}
	}
}

func ignoreEnd(err error) error {
	if err.Error() == "EOF" {
		return nil
	}
	return err
}

// parse reads "name(arguments) = result". Lines such as "+++ exited with 0 +++" are no calls.
func (c *systemCall) parse(text string) (ok bool, err error) {
	if strings.HasPrefix(text, "+++") || strings.HasPrefix(text, "---") {
		return false, nil
	}
	at := strings.LastIndex(text, " = ")
	open := strings.IndexByte(text, '(')
	if at < 0 || open < 0 || open > at {
		return false, errors.New("it is no call")
	}
	result, _, _ := strings.Cut(text[at+3:], " ")
	if result == "?" { // the process ended in it
		return false, nil
	}
	c.name, c.arguments = text[:open], strings.TrimSuffix(strings.TrimSpace(text[open+1:at]), ")")
	c.result, err = strconv.ParseInt(result, 0, 64)
	return true, err
}

// descriptor returns the first argument when it is a number.
func (c *systemCall) descriptor() int64 {
	first, _, _ := strings.Cut(c.arguments, ",")
	n, err := strconv.ParseInt(strings.TrimSpace(first), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// text returns the only text among the arguments.
func (c *systemCall) text() ([]byte, error) {
	from, to := strings.IndexByte(c.arguments, '"'), strings.LastIndexByte(c.arguments, '"')
	if from == to {
		return nil, errors.New("there is no text")
	}
	return hex.DecodeString(strings.ReplaceAll(c.arguments[from+1:to], `\x`, ""))
}

// last returns the last argument, a number.
func (c *systemCall) last() (int64, error) {
	return strconv.ParseInt(strings.TrimSpace(c.arguments[strings.LastIndexByte(c.arguments, ',')+1:]), 0, 64)
}

// newRecording picks from all calls those that concern the file.
func newRecording(calls []systemCall, file string) (*recording, error) {
	r := &recording{}
	paths := map[int64]string{} // of what is open
	slices.SortStableFunc(calls, func(a, b systemCall) int { return a.began - b.began })
	for i := range calls {
		c := &calls[i]
		if c.name == "openat" || c.name == "open" {
			path, err := c.text()
			if err != nil {
				return nil, err
			}
			paths[c.result] = string(path)
			continue
		}
		err := error(nil)
		switch path := paths[c.descriptor()]; {
		case c.name == "close":
			delete(paths, c.descriptor())
		case path == file:
			err = r.operate(c)
		case path == file+toldFile:
			err = r.hear(c)
		case path == filepath.Dir(file) && c.name == "fsync":
			r.named = c.ended
		}
		if err != nil {
			return nil, fmt.Errorf("%s at line %d of strace: %w", c.name, c.began+1, err)
		}
	}
	return r, r.ordered()
}

// operate takes a call that concerns the file with the rooms.
func (r *recording) operate(c *systemCall) (err error) {
	o := operation{began: c.began, ended: c.ended}
	if c.result < 0 {
		return errors.New("it failed")
	}
	switch c.name {
	case "pwrite64":
		if o.data, err = c.text(); err == nil {
			o.at, err = c.last()
		}
		if int64(len(o.data)) < c.result {
			return errors.New("strace does not tell all bytes")
		}
		o.data = o.data[:c.result]
	case "ftruncate":
		o.kind = resizes
		o.at, err = c.last()
	case "fdatasync", "fsync":
		o.kind = syncs
	default:
		return errors.New("the journal does what this test does not know")
	}
	r.operations = append(r.operations, o)
	return err
}

func (r *recording) hear(c *systemCall) error {
	text, err := c.text()
	if err != nil || c.name != "write" || bytes.Count(text, []byte("\n")) != 1 {
		return errors.New("one line is told by one write")
	}
	l, err := parseLine(string(text))
	r.told = append(r.told, toldLine{l, c.began})
	return err
}

// ordered makes sure that nothing overlaps: then a sync makes durable all that comes before it, and nothing else.
func (r *recording) ordered() error {
	for i := range len(r.operations) - 1 {
		if r.operations[i].ended >= r.operations[i+1].began {
			return errors.New("two operations on the file overlap")
		}
	}
	if len(r.operations) == 0 || len(r.told) == 0 {
		return errors.New("nothing was recorded")
	}
	return nil
}
