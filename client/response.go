package client

import (
	"io"
	"net/http"
	"strings"
)

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
