package bolt

import (
	"bytes"

	"go.etcd.io/bbolt"
)

// keys is a cursor that looks before it goes. bbolt goes down from page to page until it comes to a leaf. In a file whose
// pages refer to each other in a circle, which a disk that lost a write can leave behind, it would never come there, and
// end the process when its stack is full. Nothing can recover from that, so the way is walked here first.
type keys struct {
	tx     *bbolt.Tx
	bucket *bbolt.Bucket
	cursor *bbolt.Cursor
	key    []byte
}

// keysOf returns a cursor of one of the top-level buckets.
func keysOf(tx *bbolt.Tx, name []byte) keys {
	b := bucketOf(tx, name)
	return keys{tx: tx, bucket: b, cursor: b.Cursor()}
}

// bucketOf is tx.Bucket that looks before it goes.
func bucketOf(tx *bbolt.Tx, name []byte) *bbolt.Bucket {
	pagesOf(tx).follow(uint64(tx.Cursor().Bucket().Root()), name)
	return tx.Bucket(name)
}

// seek returns the first key that is not before the given one, and its value; nil when there is none.
func (k *keys) seek(key []byte) (found, value []byte) {
	pagesOf(k.tx).follow(uint64(k.bucket.Root()), key)
	k.key, value = k.cursor.Seek(key)
	return k.key, value
}

// next returns the key after the last one that was returned.
func (k *keys) next() (found, value []byte) { return k.seek(append(bytes.Clone(k.key), 0)) }

// get returns the value of a key, and nil when it is not there.
func get(tx *bbolt.Tx, name, key []byte) []byte {
	k := keysOf(tx, name)
	if found, value := k.seek(key); bytes.Equal(found, key) {
		return value
	}
	return nil
}

// look walks the way to a key that is about to be written.
func look(tx *bbolt.Tx, name, key []byte) {
	pagesOf(tx).follow(uint64(bucketOf(tx, name).Root()), key)
}
