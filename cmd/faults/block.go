package main

import (
	"bufio"
	"bytes"
	"fmt"
	"strconv"
	"time"
)

// block is what stands between two empty lines of an event stream.
type block struct {
	id      string
	retry   time.Duration // 0 for none
	data    []byte        // nil for none
	comment bool
}

// readBlock reads the next whole block. What a stream breaks off in the middle of
// is no block.
func readBlock(r *bufio.Reader) (b block, err error) {
	for {
		line, err := readLine(r)
		if err != nil {
			return block{}, err
		}
		if len(line) == 0 {
			return b, nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(name) {
		case "":
			b.comment = true
		case "id":
			b.id = string(value)
		case "retry":
			ms, err := strconv.ParseUint(string(value), 10, 31)
			if err != nil {
				return block{}, fmt.Errorf("a delay of %q: %w", value, err)
			}
			b.retry = time.Duration(ms) * time.Millisecond
		case "data":
			if b.data != nil {
				b.data = append(b.data, '\n')
			}
			b.data = append(b.data, value...)
		default:
			return block{}, fmt.Errorf("%q is no line of Latido's streams", line)
		}
	}
}

// readLine reads a line of any length through a small buffer, without its end.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		long := bytes.Clone(line)
		line, err = r.ReadBytes('\n')
		line = append(long, line...)
	}
	if err != nil {
		return nil, err
	}
	return line[:len(line)-1], nil
}
