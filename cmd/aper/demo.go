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

	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/examples/counter/page"
	"github.com/aper-go/aper/server"
)

// How long requests and rooms may take to end. Requests are short, and browsers keep connections that never had one.
const (
	requestsTimeout = time.Second
	closeTimeout    = 10 * time.Second
)

// demo serves the counter's rooms and its page until the context ends.
func demo(ctx context.Context, flags *flag.FlagSet, args []string, stdout io.Writer) error {
	addr := flags.String("addr", "localhost:8080", "`host:port` to listen on; port 0 takes a free one")
	file := flags.String("file", "", "keep the rooms in this `file`; without it they are in memory and end with the demo")
	if err := parse(flags, args); err != nil {
		return err
	}
	listener, err := listen(*addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	rooms, err := server.New(counter.Counter{}, server.Options{File: *file})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/counter/", http.StripPrefix("/counter", rooms))
	mux.Handle("/", page.Handler())
	web := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}

	served := make(chan error, 1)
	go func() { served <- web.Serve(listener) }()
	welcome(stdout, shownAddress(*addr, listener), *file)

	select {
	case err = <-served: // it could not go on
	case <-ctx.Done():
		fmt.Fprintln(stdout, "Closing the rooms.")
	}
	return errors.Join(err, shutdown(web), closeRooms(rooms))
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

func closeRooms(rooms *server.Server[counter.Counter]) error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return rooms.Close(ctx)
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
	kept := "The rooms are in memory and end with it; -file counter.db keeps them."
	if file != "" {
		kept = "The rooms are kept in " + file + "."
	}
	fmt.Fprintf(w, `A shared counter is at

    http://%[1]s/

Open it in two windows and count. Or join from another terminal:

    go run ./examples/counter/cmd/client ws://%[1]s/counter/lobby

Ctrl-C ends the demo. %[2]s
`, address, kept)
}
