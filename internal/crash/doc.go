// Package crash holds the proof that what was confirmed survives, and nothing else. Its tests run a real server with
// rooms on a real file, as a process of its own, with real clients that push all the time, and then
//
//   - kill that process, again and again (kill_test.go). This shows what the program does, but the operating system lives
//     on and loses nothing that was written;
//   - record what was written to the file and when it was synced, and build from that every file that a power failure
//     could have left (record_linux_test.go, image_linux_test.go);
//   - let the disk become full (full_linux_test.go);
//   - damage the file, and open it twice (damage_test.go).
//
// Each checker is tested itself: it has to find histories that were broken on purpose.
package crash
