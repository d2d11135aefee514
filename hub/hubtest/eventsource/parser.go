package eventsource

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// Block is what a stream holds between two empty lines.
type Block struct {
	// ID is the last event ID after this block, which may be that of an earlier
	// block. HasID reports whether this block set it.
	ID    string
	HasID bool
	// Event is the value of the event field, "" when there is none.
	Event string
	// Data is the event's data. HasData reports whether the block has any: a block
	// without data is not an event.
	Data    string
	HasData bool
	// Retry is the delay that the block asks for. HasRetry tells zero from none.
	Retry    time.Duration
	HasRetry bool
	// Comments are the texts of its comment lines, without the colon.
	Comments []string
	// Ignored are lines that the standard says to ignore: unknown fields, ids with
	// a NUL, and delays that are not a number.
	Ignored []string
}

// MaxBlock is the largest block that a Parser accepts, in bytes of its lines.
const MaxBlock = 16 << 20

// ErrTooLarge means that a block has more than MaxBlock bytes.
var ErrTooLarge = errors.New("a block is too large")

// bufferLen keeps ten thousand parsers small.
const bufferLen = 1 << 10

// Parser reads an event stream. It belongs to one goroutine.
type Parser struct {
	r       *bufio.Reader
	id      string
	line    []byte
	begun   bool // something has been read: a byte order mark is over
	afterCR bool // a line feed that comes next belongs to the line before
}

// NewParser returns a parser of r, in which lastEventID is in force. It buffers, so
// it may read beyond the block that it returns.
func NewParser(r io.Reader, lastEventID string) *Parser {
	return &Parser{r: bufio.NewReaderSize(r, bufferLen), id: lastEventID}
}

// Event returns the next block that is an event, that is, one with data. Errors are
// those of Block.
func (p *Parser) Event() (Block, error) {
	for {
		if b, err := p.Block(); err != nil || b.HasData {
			return b, err
		}
	}
}

// Block returns the next block that has a line, be it a comment. The error is that
// of the reader, or ErrTooLarge: io.EOF if the stream ended between two blocks,
// io.ErrUnexpectedEOF if it ended within one, which is lost.
func (p *Parser) Block() (Block, error) {
	var b Block
	var data strings.Builder
	for size := 0; ; {
		line, err := p.readLine(MaxBlock - size)
		switch {
		case err == io.EOF && (size > 0 || len(p.line) > 0):
			return Block{}, io.ErrUnexpectedEOF
		case err != nil:
			return Block{}, err
		case line == "" && size == 0:
			continue // it ends nothing
		case line == "":
			b.ID, b.Data = p.id, strings.TrimSuffix(data.String(), "\n")
			return b, nil
		}
		size += len(line)
		p.field(&b, &data, strings.ToValidUTF8(line, "\uFFFD"))
	}
}

// field interprets one line that is not empty.
func (p *Parser) field(b *Block, data *strings.Builder, line string) {
	name, value, _ := strings.Cut(line, ":")
	value = strings.TrimPrefix(value, " ")
	switch {
	case name == "":
		b.Comments = append(b.Comments, line[1:])
	case name == "data":
		b.HasData = true
		data.WriteString(value + "\n")
	case name == "event":
		b.Event = value
	case name == "id" && !strings.Contains(value, "\x00"):
		p.id, b.HasID = value, true
	case name == "retry" && isDigits(value):
		b.Retry, b.HasRetry = milliseconds(value), true
	default:
		b.Ignored = append(b.Ignored, line)
	}
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// milliseconds returns a duration; one that does not fit is the longest there is.
func milliseconds(digits string) time.Duration {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > math.MaxInt64/int64(time.Millisecond) {
		return math.MaxInt64
	}
	return time.Duration(n) * time.Millisecond
}

// readLine returns a line of at most that many bytes, without its end. It does not
// wait for the line feed behind a carriage return.
func (p *Parser) readLine(most int) (string, error) {
	p.line = p.line[:0]
	for {
		if _, err := p.r.Peek(1); err != nil {
			return "", err
		}
		// Neither Peek nor Discard fails within what is buffered.
		buffered, _ := p.r.Peek(p.r.Buffered())
		if p.afterCR {
			p.afterCR = false
			if buffered[0] == '\n' {
				_, _ = p.r.Discard(1)
				continue
			}
		}
		end := bytes.IndexAny(buffered, "\r\n")
		part := buffered
		if end >= 0 {
			part = buffered[:end]
		}
		if len(p.line)+len(part) > most {
			return "", fmt.Errorf("%w: more than %d bytes", ErrTooLarge, MaxBlock)
		}
		p.line = append(p.line, part...)
		if end < 0 {
			_, _ = p.r.Discard(len(part))
			continue
		}
		p.afterCR = buffered[end] == '\r'
		_, _ = p.r.Discard(end + 1)
		return p.text(), nil
	}
}

// text returns the line that has been read, without a byte order mark if it is the
// first of the stream.
func (p *Parser) text() string {
	line := string(p.line)
	if !p.begun {
		p.begun = true
		line = strings.TrimPrefix(line, "\uFEFF")
	}
	return line
}
