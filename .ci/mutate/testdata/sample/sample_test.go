package sample

import (
	"errors"
	"testing"
)

func TestClamp(t *testing.T) {
	for in, want := range map[int]int{0: 0, 1: 1, 9: 9, 10: 10, 11: 10, 20: 10} {
		if got, err := Clamp(in); got != want || err != nil {
			t.Errorf("Clamp(%d) = %d, %v, want %d", in, got, err, want)
		}
	}
	if got, err := Clamp(-1); got != 0 || !errors.Is(err, ErrNegative) {
		t.Errorf("Clamp(-1) = %d, %v", got, err)
	}
}
