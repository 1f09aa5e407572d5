// Package policy holds the architecture of DESIGN.md section 6 as tests, and nothing else:
//
//   - who may import whom (imports_test.go);
//   - what the pure packages may not contain: goroutines, channels, locks, clocks, network, files, randomness,
//     mutable package variables, the random order of a map (pure_test.go);
//   - that no machine's paths and no registry's address are committed (paths_test.go);
//   - that package aper stays small (names_test.go).
//
// The rules are read from the sources and not from built packages, so that files of every build are held to them,
// also while something does not compile. Test files are free. Each finding says file, line, rule and the way out.
// The rules are tested themselves: each must catch a small bad source, and leave a good one alone.
package policy
