package client

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// report tells the log about a divergence, and gives the evidence to Options.Evidence, which may take its time without
// holding up the client. One is taken at a time; of those that come meanwhile there is only the line in the log.
func (c *Client[S]) report(what string, diverged *engine.DivergenceError) {
	log := c.options.Log.With("room", c.name, "error", diverged)
	switch {
	case c.options.Evidence == nil:
		log.Error(what, "evidence", "none is kept; see client.Options.Evidence")
		return
	case c.reporting:
		log.Error(what, "evidence", "none, because that of an earlier divergence is still being kept")
		return
	}
	c.reporting = true
	c.reports.Go(func() {
		where, err := c.evidence(diverged)
		if err != nil {
			where = "it could not be kept: " + err.Error()
		}
		log.Error(what, "evidence", where)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.reporting = false
	})
}

// evidence makes the evidence and hands it to the program.
func (c *Client[S]) evidence(diverged *engine.DivergenceError) (where string, err error) {
	d, err := diverged.Evidence()
	if err != nil {
		return "", err
	}
	d.Build = strings.TrimPrefix(d.Build+"; "+ThisProgram(), "; ")
	return c.options.Evidence(evidenceName(d), d.File())
}

// evidenceName returns a name that is one on every file system.
func evidenceName(d *wire.Divergence) string {
	return fmt.Sprintf("%s%s-%s-%d-%d%s", evidencePrefix, plain(d.Machine), plain(string(d.Room)), d.Client, d.Seq, evidenceSuffix)
}

const evidencePrefix, evidenceSuffix = "divergence-", ".aper"

// plain replaces what is special somewhere, and cuts what is long.
func plain(name string) string {
	name = strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '.' {
			return r
		}
		return '_'
	}, name)
	return name[:min(len(name), 60)]
}

// ThisProgram says how this program was built, as it stands in evidence: "example.com/editor v1.2.0 9f836c7 modified; go1.26.1
// linux/amd64".
func ThisProgram() string {
	platform := runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return platform
	}
	program := info.Path + " " + info.Main.Version
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			program += " " + s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			program += " modified"
		}
	}
	return program + "; " + platform
}
