// Command client joins a room of counters from a terminal:
//
//	go run ./examples/counter/cmd/client ws://localhost:8080/counter/lobby
//
// It prints the counter whenever it changes, and reads commands, one a line: a number to add (5) or to take away (-5),
// or reset.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/examples/counter"
)

func main() {
	if len(os.Args) != 2 || strings.HasPrefix(os.Args[1], "-") {
		fmt.Fprintln(os.Stderr, "usage: client ws://localhost:8080/counter/lobby")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, address string) error {
	c, err := client.Dial[counter.Counter](ctx, address, client.Options{Build: "counter client"})
	if err != nil {
		return err
	}
	defer c.Close()
	last := c.State().Value
	fmt.Printf("Joined; the counter is %d. Type a number to add, or reset; end with Ctrl-D.\n", last)

	watching, enough := context.WithCancel(ctx)
	shown := make(chan struct{})
	go func() {
		defer close(shown)
		for state := range c.Watch(watching) {
			if state.Value != last {
				fmt.Println("counter:", state.Value)
			}
			last = state.Value
		}
	}()
	lines := make(chan string)
	go read(lines)
	for {
		select {
		case line, more := <-lines:
			if !more {
				enough()
				<-shown
				return nil
			}
			do(ctx, c, line)
		case <-shown: // the client ended, or the user did
			enough()
			if err := c.Err(); !errors.Is(err, client.ErrClosed) {
				return err
			}
			return nil
		}
	}
}

// read passes on the lines of the standard input.
func read(lines chan<- string) {
	defer close(lines)
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		if line := strings.TrimSpace(input.Text()); line != "" {
			lines <- line
		}
	}
}

// do carries out one command and says what became of it when it was not confirmed.
func do(ctx context.Context, c *client.Client[counter.Counter], line string) {
	t, err := parse(line)
	if err == nil {
		err = c.Do(ctx, t)
	}
	if err != nil {
		fmt.Println("no:", err)
	}
}

func parse(line string) (aper.Transition[counter.Counter], error) {
	if line == "reset" {
		return counter.Reset{}, nil
	}
	n, err := strconv.ParseInt(line, 10, 64)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%q is neither a number nor reset", line)
	case n < 0:
		return counter.Decrement{By: -n}, nil
	}
	return counter.Increment{By: n}, nil
}
