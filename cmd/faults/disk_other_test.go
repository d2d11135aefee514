//go:build !linux

package faults

import (
	"context"
	"errors"
	"fmt"
)

// Disks are mounted on Linux only. Elsewhere a test that needs one is marked as not
// run.

func canMount() error { return fmt.Errorf("%w do it: it needs Linux", errCannot) }

func canStop() error { return fmt.Errorf("%w do it: it needs Linux", errCannot) }

func (v *servers) freeze(int) error { return errors.ErrUnsupported }

func (v *servers) thaw(int) error { return errors.ErrUnsupported }

func (s *stage) memoryDisk(string, string) (string, error) { return "", errors.ErrUnsupported }

func (s *stage) mountImage(context.Context, string, string) (string, error) {
	return "", errors.ErrUnsupported
}

func forbidWrites(string, bool) error { return errors.ErrUnsupported }

func unmount(string) error { return errors.ErrUnsupported }

func newImage(context.Context, string) error { return errors.ErrUnsupported }

func copyAsCut(context.Context, string, string) error { return errors.ErrUnsupported }

func syncDisk(string) error { return errors.ErrUnsupported }

func (c *child) freeze() error { return errors.ErrUnsupported }

func fits(readers int) int { return min(readers, 2000) }
