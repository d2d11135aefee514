package main

// chunks takes the chunked transfer coding (RFC 9112, section 7.1) off a body as
// it comes, because a chunk may end in the middle of a marker. Its zero value is
// at the beginning of a body.
type chunks struct {
	state chunkState
	left  int64 // bytes of the chunk not yet seen
}

type chunkState uint8

const (
	inSize  chunkState = iota
	inNote             // behind the size, up to the end of its line
	inData             // left bytes to go
	inBreak            // the end of the line behind the data
	atEnd              // the last chunk was seen: the body is over
)

// maxChunk keeps a size that is nonsense from overflowing.
const maxChunk = 1 << 40

// decode moves the data in b to its front and returns it.
func (c *chunks) decode(b []byte) []byte {
	w := 0
	for r := 0; r < len(b) && c.state != atEnd; {
		if c.state == inData {
			n := copy(b[w:], b[r:r+int(min(c.left, int64(len(b)-r)))])
			r, w = r+n, w+n
			if c.left -= int64(n); c.left == 0 {
				c.state = inBreak
			}
			continue
		}
		c.frame(b[r])
		r++
	}
	return b[:w]
}

// frame takes one byte that is not data.
func (c *chunks) frame(b byte) {
	switch digit, ok := hexDigit(b); {
	case c.state == inSize && ok:
		c.left = min(c.left<<4|digit, maxChunk)
	case b != '\n':
		if c.state == inSize {
			c.state = inNote
		}
	case c.state == inBreak:
		c.state = inSize
	case c.left == 0:
		c.state = atEnd
	default:
		c.state = inData
	}
}

func hexDigit(b byte) (int64, bool) {
	switch {
	case b >= '0' && b <= '9':
		return int64(b - '0'), true
	case b|0x20 >= 'a' && b|0x20 <= 'f':
		return int64(b|0x20-'a') + 10, true
	}
	return 0, false
}
