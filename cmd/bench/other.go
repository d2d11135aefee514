//go:build !linux

package load

import (
	"context"
	"io"
	"os"
)

// Run answers ErrUnsupported.
func Run(context.Context, Config) (Result, error) { return Result{}, ErrUnsupported }

// ServeBaseline answers ErrUnsupported.
func ServeBaseline(context.Context, *os.File, io.Writer) error { return ErrUnsupported }

// Baseline is a bare loop of writes; there is none here.
type Baseline struct{}

// StartBaseline answers ErrUnsupported.
func StartBaseline(context.Context, []string, []int) (*Baseline, error) { return nil, ErrUnsupported }

// Aim answers the load as it is.
func (*Baseline) Aim(cfg Config) Config { return cfg }

// Stop does nothing.
func (*Baseline) Stop() error { return nil }

// Cores answers ErrUnsupported.
func Cores() ([]int, error) { return nil, ErrUnsupported }

// PinTo answers ErrUnsupported.
func PinTo(...int) error { return ErrUnsupported }

// IsTerminal answers false.
func IsTerminal(io.Writer) bool { return false }
