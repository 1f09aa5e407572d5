package socket

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
)

// A Client looks into the store of a program that runs. It is a journal.Catalog that opens no rooms: they belong to that
// program.
type Client struct {
	path string
	http *http.Client
}

// Dial finds the server that listens at a path.
func Dial(ctx context.Context, path string) (*Client, error) {
	transport := &http.Transport{
		DialContext:            func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, path) },
		DisableKeepAlives:      true, // a connection costs next to nothing, and none is left over
		DisableCompression:     true,
		MaxResponseHeaderBytes: 16 << 10,
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c := &Client{path, &http.Client{Transport: transport, CheckRedirect: stay}}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return c, c.do(ctx, "hello", nil)
}

// Close ends the use of the client. Rooms that it looks at are closed by themselves.
func (c *Client) Close() error { return nil }

// Open is the method of journal.Store.
func (c *Client) Open(_ context.Context, room aper.RoomID, _ journal.OpenOptions) (journal.Log, journal.Head, error) {
	err := fmt.Errorf("%w: it belongs to the server that listens at %s, and can only be looked at", journal.ErrRefused, c.path)
	return nil, journal.Head{}, &journal.Error{Op: "open", Room: room, Err: err}
}

// Rooms is the method of journal.Catalog.
func (c *Client) Rooms(ctx context.Context) iter.Seq2[journal.Entry, error] {
	return func(yield func(journal.Entry, error) bool) {
		for value, err := range c.call(ctx, "rooms", nil) {
			var entry journal.Entry
			if len(value) > 0 {
				var unreadable error
				if entry, unreadable = readEntry(value); unreadable != nil {
					entry, err = journal.Entry{}, c.unreadable(unreadable)
				}
			}
			if !yield(entry, err) || entry.Room == "" {
				return
			}
		}
	}
}

// Delete is the method of journal.Catalog. The server closes the room first.
func (c *Client) Delete(ctx context.Context, room aper.RoomID) error {
	return located("delete", room, 0, c.do(ctx, "delete", url.Values{"room": {string(room)}}))
}

// Backup lets the server copy all rooms to a new file, which the server's user may write and owns.
func (c *Client) Backup(ctx context.Context, path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	return c.do(ctx, "backup", url.Values{"path": {path}})
}

// do calls an operation that has no values to return.
func (c *Client) do(ctx context.Context, operation string, arguments url.Values) error {
	for _, err := range c.call(ctx, operation, arguments) {
		if err != nil {
			return err
		}
	}
	return nil
}

// call yields the values and errors of an answer, in frames that may hold both. After an error without a value there are
// no more. Values are valid until the next one.
func (c *Client) call(ctx context.Context, operation string, arguments url.Values) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		answer, err := c.post(ctx, operation, arguments)
		if err != nil {
			yield(nil, err)
			return
		}
		defer answer.Close()
		for in := bufio.NewReader(answer); ; {
			f, err := readFrame(in)
			if err = cmp.Or(ctx.Err(), err); err != nil { // the buffer may hold more when nobody waits for it any more
				yield(nil, c.failed(ctx, err))
				return
			}
			if !f.more || !yield(f.value, f.err) {
				return
			}
		}
	}
}

// post begins an operation. The context ends it, and so does closing the answer.
func (c *Client) post(ctx context.Context, operation string, arguments url.Values) (io.ReadCloser, error) {
	target := "http://socket" + prefix + operation + "?" + arguments.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, nil)
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	if response.StatusCode == http.StatusOK {
		return response.Body, nil
	}
	defer response.Body.Close()
	why, _ := io.ReadAll(io.LimitReader(response.Body, 1<<10))
	if response.StatusCode == http.StatusNotFound {
		return nil, c.failed(ctx, errors.New("it speaks another version of this, or is no server of rooms; use the version of this program that it has"))
	}
	return nil, c.failed(ctx, errors.New(strings.TrimSpace(string(why))))
}

// failed says that it was not the store that failed but the way to it, unless nobody waits any more.
func (c *Client) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if cause := (*url.Error)(nil); errors.As(err, &cause) {
		err = cause.Err // the rest would say how it was asked for
	}
	return fmt.Errorf("the server that listens at %s does not answer as it should: %w", c.path, err)
}

func (c *Client) unreadable(err error) error {
	return fmt.Errorf("the server that listens at %s has sent what cannot be read; use the version of this program that it has: %w", c.path, err)
}
