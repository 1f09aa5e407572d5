package main

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// rawAppends returns how many events a second one writer gets into a new file beside the other, when it does nothing else
// and commits so many together: what the disk and the file's library leave to a server.
func rawAppends(beside string, batch int, d time.Duration) (perSecond float64, err error) {
	file, err := os.CreateTemp(filepath.Dir(beside), "aper-bench-*.db")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.Remove(file.Name())) }()
	if err := file.Close(); err != nil {
		return 0, err
	}
	db, err := bbolt.Open(file.Name(), 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType, NoStatistics: true})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()

	value := recordOf(batch)
	commits, start := uint64(0), time.Now()
	for ; time.Since(start) < d; commits++ {
		err := db.Update(func(tx *bbolt.Tx) error {
			records, err := tx.CreateBucketIfNotExists([]byte("records"))
			if err != nil {
				return err
			}
			return records.Put(binary.BigEndian.AppendUint64(nil, commits), value)
		})
		if err != nil {
			return 0, err
		}
	}
	return float64(commits) * float64(batch) / time.Since(start).Seconds(), nil
}

// recordOf returns a record with so many increments, of as many clients, encoded.
func recordOf(events int) []byte {
	r := &wire.Record{LSN: 1 << 16, Term: 1, Previous: 1 << 63, Tag: 1 << 63, Time: 1 << 40, Schema: 1 << 63, First: 1 << 16, Seed: 1 << 63}
	for i := range events {
		r.Events.Add(wire.Event{Client: aper.ClientID(i + 1), ClientSeq: 1 << 16, Transition: increment})
	}
	return r.Append(nil)
}
