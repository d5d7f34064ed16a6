// The contract on Go's own HTTP server.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const (
	// The server adds 4 KiB to it: together the contract's 16.
	headerLimitBytes = 12 * 1024
	idleTimeout      = 30 * time.Second
	// How long an unfinished request holds up SIGTERM.
	grace = time.Second
)

func main() {
	host := flag.String("host", "127.0.0.1", "address")
	port := flag.String("port", "8000", "port")
	flag.Parse()
	address := net.JoinHostPort(*host, *port)
	listener, err := net.Listen("tcp", address)
	if err != nil {
		fmt.Fprintf(os.Stderr, "cannot listen on %s: %s; choose another with --port\n", address, reason(err))
		os.Exit(1)
	}
	server := &http.Server{
		Handler:           http.HandlerFunc(serve),
		ReadHeaderTimeout: idleTimeout,
		ReadTimeout:       idleTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerLimitBytes,
		ErrorLog:          log.New(io.Discard, "", 0),
	}
	go end(server)
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		fmt.Fprintln(os.Stderr, "go-net:", err)
		os.Exit(1)
	}
	// Serve returns as soon as the end begins.
	select {}
}

// end waits for SIGTERM, then for the requests that are being answered.
func end(server *http.Server) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	<-signals
	patience, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	_ = server.Shutdown(patience)
	os.Exit(0)
}

// reason is the system's own word for an error.
func reason(err error) error {
	var code syscall.Errno
	if errors.As(err, &code) {
		return code
	}
	return err
}
