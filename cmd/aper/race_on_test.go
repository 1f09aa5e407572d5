//go:build race

package main

// raceDetector says that this is many times slower than usual.
const raceDetector = true
