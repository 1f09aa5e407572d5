package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

// requestsTimeout is how long requests may take to end. They are short, and browsers keep connections that never had one.
const requestsTimeout = time.Second

// demo serves the rooms of all examples, and their pages, until the context ends.
func demo(ctx context.Context, flags *flag.FlagSet, args []string, stdout io.Writer) error {
	addr := flags.String("addr", "localhost:8080", "`host:port` to listen on; port 0 takes a free one")
	file := flags.String("file", "aper.db", "keep the rooms in this `file`; with \"\" they are in memory and end with the demo")
	if err := parse(flags, args); err != nil {
		return err
	}
	listener, err := listen(*addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	shown, err := openExamples(*file)
	if err != nil {
		return err
	}
	web := &http.Server{Handler: shown.handler(), ReadHeaderTimeout: 10 * time.Second}

	served := make(chan error, 1)
	go func() { served <- web.Serve(listener) }()
	welcome(stdout, shownAddress(*addr, listener), *file)

	select {
	case err = <-served: // it could not go on
	case <-ctx.Done():
		fmt.Fprintln(stdout, "Closing the rooms.")
	}
	return errors.Join(err, shutdown(web), shown.close())
}

// shutdown ends what is not in a room: the server has no say over WebSockets.
func shutdown(web *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), requestsTimeout)
	defer cancel()
	if web.Shutdown(ctx) != nil {
		return web.Close()
	}
	return nil
}

func listen(addr string) (net.Listener, error) {
	listener, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		host, port, _ := net.SplitHostPort(addr)
		return nil, fmt.Errorf("port %s is in use, perhaps by another demo: stop that, or take a free port with -addr %s",
			port, net.JoinHostPort(host, "0"))
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen: %w", err)
	}
	return listener, nil
}

// shownAddress is where a browser on this machine finds the listener: the host as it was asked for, and the real port.
func shownAddress(addr string, listener net.Listener) string {
	host, _, _ := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return net.JoinHostPort(host, port)
}

func welcome(w io.Writer, address, file string) {
	fmt.Fprintf(w, "The examples are at\n\n    http://%s/\n\nOpen one in two windows:\n\n", address)
	for _, e := range examples {
		fmt.Fprintf(w, "    http://%s/%-10s %s\n", address, e.name+"/", e.try)
	}
	fmt.Fprintf(w, `
Or count in another terminal:

    go run ./examples/counter/cmd/client ws://%s/counter/lobby

`, address)
	if file == "" {
		fmt.Fprintln(w, "The rooms are in memory, and end with the demo. Ctrl-C ends it.")
		return
	}
	fmt.Fprintf(w, `The rooms are kept in %[1]s. Look at what happened in the counter, now or later:

    go run ./cmd/aper log %[1]s lobby

Ctrl-C ends the demo.
`, file)
}
