package main

import (
	"context"
	"fmt"
	"os"
	"testing"
)

// childEnv makes this test program the baseline's process.
const childEnv = "LATIDO_TEST_BASELINE"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) == "" {
		os.Exit(m.Run())
	}
	if err := serveBaseline(context.Background(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
