package sse_test

import (
	"fmt"
	"log"

	"latido/handlers/sse"
)

func ExampleAppend() {
	b, err := sse.Append(nil, sse.Message{ID: "k3f9x2ab-7", Data: []byte("two\r\nlines")})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s", b)
	_, err = sse.Append(nil, sse.Message{Event: "bye\rdata: forged"})
	fmt.Println(err)
	// Output:
	// id: k3f9x2ab-7
	// data: two
	// data: lines
	//
	// bad event stream field: event has a line break or NUL
}
