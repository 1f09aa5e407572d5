package bolt

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/aper-go/aper/journal"
)

const crashFile = "JOURNAL_BOLT_CRASH_FILE"

// What was acknowledged is there after the process was killed in the middle of its work.
func TestKilled(t *testing.T) {
	if path := os.Getenv(crashFile); path != "" {
		appendForEver(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), "rooms.db")
	for round := range 4 {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilled$")
		child.Env = append(os.Environ(), crashFile+"="+path)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		acknowledged, lines := 0, bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			if acknowledged, err = strconv.Atoi(lines.Text()); err != nil {
				t.Fatalf("the child says %q", lines.Text())
			}
			if n == 10+7*round {
				_ = child.Process.Kill()
			}
		}
		_ = child.Wait()

		s := mustOpen(t, path)
		lobby := openRoom(t, s, "lobby")
		if acknowledged == 0 || int(lobby.head.LSN) < acknowledged || int(lobby.head.LSN) > acknowledged+1 {
			t.Fatalf("record %d was acknowledged, the head is %d", acknowledged, lobby.head.LSN)
		}
		if n, err := lobby.count(t, "lobby", 1); n != int(lobby.head.LSN) || err != nil {
			t.Fatalf("%d records of %d, %v", n, lobby.head.LSN, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func appendForEver(t *testing.T, path string) {
	s := mustOpen(t, path)
	for lobby := openRoom(t, s, "lobby"); ; {
		next := lobby.next("lobby")
		if err := lobby.Append(t.Context(), next); err != nil {
			t.Fatal(err)
		}
		lobby.at = journal.Mark{LSN: next.LSN, Tag: next.Tag}
		fmt.Println(next.LSN)
	}
}
