// A Go service whose CPU goes into two functions, seven parts to three, by the same loop.
//
//   GET /                 → `{"id":1}`, after about half a millisecond of work
//   GET /debug/pprof/…    → its profiles
//
// Truth: of what its handlers spend, 70 % is spendSeven and 30 % is spendThree.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	_ "net/http/pprof"
)

const unit = 50_000

//go:noinline
func spendSeven(sum uint64) uint64 {
	for i := uint64(0); i < 7*unit; i++ {
		sum = sum*31 + i
	}
	return sum
}

//go:noinline
func spendThree(sum uint64) uint64 {
	for i := uint64(0); i < 3*unit; i++ {
		sum = sum*31 + i
	}
	return sum
}

func answer(w http.ResponseWriter, r *http.Request) {
	sum := spendThree(spendSeven(uint64(len(r.URL.Path))))
	fmt.Fprintf(w, `{"id":%d}`, sum|1)
}

func main() {
	port := flag.Int("port", 0, "to listen on; 0: any that is free")
	flag.Parse()
	http.HandleFunc("/", answer)
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on %d\n", listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(listener, nil))
}
