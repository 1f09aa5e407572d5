//go:build !js

package client

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// maxEvidence is how many divergences KeepEvidence leaves in a directory.
const maxEvidence = 10

// KeepEvidence makes an Options.Evidence that writes files which only their owner can read, because they hold the state. It
// makes the directory if there is none, keeps the newest ten of such files in it, and removes older ones.
func KeepEvidence(directory string) func(name string, file []byte) (where string, err error) {
	return func(name string, file []byte) (string, error) {
		path := filepath.Join(directory, name)
		if err := os.MkdirAll(directory, 0o700); err != nil {
			return "", err
		}
		if err := removeOldEvidence(directory, name); err != nil {
			return "", err
		}
		return path, replaceFile(path, file)
	}
}

// removeOldEvidence makes room for one more file, which may be there already. It also removes what interrupted writes have
// left.
func removeOldEvidence(directory, name string) error {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return err
	}
	written := map[string]time.Time{}
	var others []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), evidencePrefix) || !strings.Contains(e.Name(), evidenceSuffix) || e.Name() == name {
			continue
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			written[e.Name()] = info.ModTime()
			others = append(others, e.Name())
		}
	}
	slices.SortFunc(others, func(x, y string) int { return written[y].Compare(written[x]) })
	for _, old := range others[min(len(others), maxEvidence-1):] {
		if err := os.Remove(filepath.Join(directory, old)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
