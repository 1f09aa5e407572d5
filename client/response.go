package client

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/aper-go/aper/wire"
)

// refused returns what the failure of a request for a connection means. After 401 another header may help, after 403
// nothing does; all else may pass.
func refused(response *http.Response, err error) error {
	switch {
	case response == nil || response.StatusCode < 400:
		return err
	case response.StatusCode == http.StatusUnauthorized:
		return fmt.Errorf("%w%s", ErrUnauthenticated, bodyOf(response))
	case response.StatusCode == http.StatusForbidden:
		return &StopError{Code: wire.CloseRefused, Reason: "the server does not let this client in" + bodyOf(response)}
	}
	return fmt.Errorf("%w%s", err, bodyOf(response))
}

// bodyOf returns what the server said when it refused, for an error message.
func bodyOf(response *http.Response) string {
	if response.Body == nil {
		return ""
	}
	text, _ := io.ReadAll(io.LimitReader(response.Body, 300))
	if len(text) == 0 {
		return ""
	}
	return ": " + strings.TrimSpace(string(text))
}
