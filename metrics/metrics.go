// Package metrics counts what rooms do, for Prometheus.
//
//	figures := metrics.New()
//	rooms, err := server.New(counter.Counter{}, server.Options{Room: room.Options{Trace: figures.Trace(room.Trace{})}})
//	…
//	operators.Handle("/metrics", figures)
//
// They are nobody's business but the operator's: serve them where only he can come, on a port of its own for example. Or
// register them with a registry of your own; a Metrics is a prometheus.Collector.
//
// The figures are of all rooms together, for rooms come and go, and one for each name would never end.
package metrics

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/room"
)

// Metrics are the figures. Make them by New.
type Metrics struct {
	handler     http.Handler
	rooms       prometheus.Gauge
	connections prometheus.Gauge
	made        prometheus.Counter
	failed      prometheus.Counter
	events      prometheus.Counter
	rejections  prometheus.Counter
	bytes       prometheus.Counter
	snapshots   prometheus.Counter
	opening     prometheus.Histogram
	commit      prometheus.Histogram
	batch       prometheus.Histogram
}

// New returns figures that are all zero.
func New() *Metrics {
	m := &Metrics{
		rooms:       gauge("rooms_open", "Rooms that are open."),
		connections: gauge("connections", "Connections that have joined a room."),
		made:        counter("rooms_made_total", "Rooms that were made because there was none of the name."),
		failed:      counter("rooms_failed_total", "Rooms that ended because their journal failed."),
		events:      counter("events_total", "Transitions that were accepted."),
		rejections:  counter("rejections_total", "Transitions that were rejected."),
		bytes:       counter("event_bytes_total", "Bytes of accepted transitions, as they are published and stored."),
		snapshots:   counter("snapshots_total", "Snapshots of rooms that were stored, so that they open quickly."),
		opening:     histogram("open_seconds", "How long it took to open a room.", 0.0005, 4, 9),
		commit:      histogram("commit_seconds", "How long it took to make a batch durable.", 0.0001, 3, 10),
		batch:       histogram("batch_events", "Events that were made durable together.", 1, 4, 8),
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(m)
	m.handler = promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	return m
}

func gauge(name, help string) prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "aper", Name: name, Help: help})
}

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "aper", Name: name, Help: help})
}

// histogram has so many buckets, the first up to least, and each of the others up to so many times as much as the one before.
func histogram(name, help string, least, times float64, buckets int) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "aper", Name: name, Help: help,
		Buckets: prometheus.ExponentialBuckets(least, times, buckets)})
}

// ServeHTTP tells Prometheus the figures.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.handler.ServeHTTP(w, r) }

func (m *Metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.rooms, m.connections, m.made, m.failed, m.events, m.rejections, m.bytes, m.snapshots,
		m.opening, m.commit, m.batch}
}

// Describe is the method of prometheus.Collector.
func (m *Metrics) Describe(to chan<- *prometheus.Desc) {
	for _, c := range m.all() {
		c.Describe(to)
	}
}

// Collect is the method of prometheus.Collector.
func (m *Metrics) Collect(to chan<- prometheus.Metric) {
	for _, c := range m.all() {
		c.Collect(to)
	}
}

// Trace returns a trace that counts, and passes everything on to the next.
func (m *Metrics) Trace(next room.Trace) room.Trace {
	return room.Trace{
		Opened: func(id aper.RoomID, o room.Opened) {
			m.rooms.Inc()
			m.opening.Observe(o.Took.Seconds())
			if o.Created {
				m.made.Inc()
			}
			pass(next.Opened, id, o)
		},
		Committed: func(id aper.RoomID, c room.Committed) {
			m.events.Add(float64(c.Events))
			m.rejections.Add(float64(c.Rejections))
			m.bytes.Add(float64(c.Bytes))
			m.commit.Observe(c.Took.Seconds())
			m.batch.Observe(float64(c.Events))
			pass(next.Committed, id, c)
		},
		Stored: func(id aper.RoomID, s room.Stored) {
			m.snapshots.Inc()
			pass(next.Stored, id, s)
		},
		Joined: func(id aper.RoomID, who room.Member) {
			m.connections.Inc()
			pass(next.Joined, id, who)
		},
		Left: func(id aper.RoomID, who room.Member) {
			m.connections.Dec()
			pass(next.Left, id, who)
		},
		Ended: func(id aper.RoomID, err error) {
			m.rooms.Dec()
			if err != nil {
				m.failed.Inc()
			}
			pass(next.Ended, id, err)
		},
	}
}

func pass[T any](to func(aper.RoomID, T), id aper.RoomID, what T) {
	if to != nil {
		to(id, what)
	}
}
