package main

import (
	"bytes"
	"os"
	"runtime"
	"runtime/metrics"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal/bolt"
	"github.com/aper-go/aper/room"
)

// A benchAnswer is what the server says of itself.
type benchAnswer struct {
	Address    string        `json:"address,omitempty"`
	CPU        time.Duration `json:"cpu"`
	Memory     uint64        `json:"memory"`   // that the Go runtime has from the operating system
	Heap       uint64        `json:"heap"`     // of that, for what is alive and what was not collected yet
	Stacks     uint64        `json:"stacks"`   // of that, for goroutines
	Resident   uint64        `json:"resident"` // as the operating system sees it; 0 where it does not say
	Goroutines int           `json:"goroutines"`
	Rooms      int64         `json:"rooms"` // that are open
	Members    int64         `json:"members"`
	Commits    commitFigures `json:"commits"`
	Attack     *attackAnswer `json:"attack,omitempty"` // of attackers, which say nothing else but the CPU time
}

// commitFigures count since the measurement began. Batches are those of rooms, and commits those of the file.
type commitFigures struct {
	Batches int64         `json:"batches"`
	Events  int64         `json:"events"`
	P50     time.Duration `json:"p50"` // until a batch was durable
	P99     time.Duration `json:"p99"`
	Commits uint64        `json:"commits"`
	Calls   uint64        `json:"calls"`
}

// A meter watches a server from within.
type meter struct {
	store          *bolt.Store // nil in memory
	rooms, members atomic.Int64

	mu      sync.Mutex
	batches int64
	events  int64
	took    histogram
	since   bolt.Stats
}

func (m *meter) trace() room.Trace {
	return room.Trace{
		Opened:    func(aper.RoomID, room.Opened) { m.rooms.Add(1) },
		Ended:     func(aper.RoomID, error) { m.rooms.Add(-1) },
		Joined:    func(aper.RoomID, room.Member) { m.members.Add(1) },
		Left:      func(aper.RoomID, room.Member) { m.members.Add(-1) },
		Committed: func(_ aper.RoomID, c room.Committed) { m.committed(c) },
	}
}

func (m *meter) committed(c room.Committed) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.batches++
	m.events += int64(c.Events)
	m.took.add(c.Took)
}

func (m *meter) begin() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.batches, m.events, m.took, m.since = 0, 0, histogram{}, m.stats()
}

func (m *meter) stats() bolt.Stats {
	if m.store == nil {
		return bolt.Stats{}
	}
	return m.store.Stats()
}

func (m *meter) answer() benchAnswer {
	m.mu.Lock()
	defer m.mu.Unlock()
	stats := m.stats()
	samples := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/stacks:bytes"},
	}
	metrics.Read(samples)
	return benchAnswer{
		CPU:        cpuTime(),
		Memory:     samples[0].Value.Uint64() - samples[1].Value.Uint64(),
		Heap:       samples[2].Value.Uint64(),
		Stacks:     samples[3].Value.Uint64(),
		Resident:   resident(),
		Goroutines: runtime.NumGoroutine(),
		Rooms:      m.rooms.Load(),
		Members:    m.members.Load(),
		Commits: commitFigures{
			Batches: m.batches,
			Events:  m.events,
			P50:     m.took.quantile(0.50),
			P99:     m.took.quantile(0.99),
			Commits: stats.Commits - m.since.Commits,
			Calls:   stats.Calls - m.since.Calls,
		},
	}
}

// resident returns how much memory of this process is in the machine's, which only Linux says in this way.
func resident() uint64 {
	text, _ := os.ReadFile("/proc/self/statm")
	if fields := bytes.Fields(text); len(fields) > 1 {
		pages, _ := strconv.ParseUint(string(fields[1]), 10, 64)
		return pages * uint64(os.Getpagesize())
	}
	return 0
}
