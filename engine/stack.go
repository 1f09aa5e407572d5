//go:build !js

package engine

import "runtime/debug"

func stack() []byte { return debug.Stack() }
