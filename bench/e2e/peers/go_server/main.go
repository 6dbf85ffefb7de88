// Go's net package: a goroutine for each client.
//
//	go_server [--port P] [--shards N] [--tls FILE] [--blockers]
//
// Prints "port=N" once it listens. As many processors as the process is bound to. SIGTERM ends it.
package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const (
	firstBufferBytes = 4 << 10
	largeBufferBytes = 64 << 10
)

// A read that fills the buffer is a reason for a larger one; a small one keeps idle clients small.
func serve(client net.Conn, blockers bool) {
	defer client.Close()
	buffer := make([]byte, firstBufferBytes)
	var mode byte
	for {
		got, err := client.Read(buffer)
		if err != nil {
			return
		}
		if blockers {
			if mode == 0 {
				mode = buffer[0]
			}
			if mode == 'S' {
				time.Sleep(time.Second)
			}
		}
		if _, err := client.Write(buffer[:got]); err != nil {
			return
		}
		if got == len(buffer) && got < largeBufferBytes {
			buffer = make([]byte, largeBufferBytes)
		}
	}
}

func listen(port int, pemFile string) (net.Listener, error) {
	listener, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil || pemFile == "" {
		return listener, err
	}
	certificate, err := tls.LoadX509KeyPair(pemFile, pemFile)
	if err != nil {
		return nil, err
	}
	return tls.NewListener(listener, &tls.Config{
		Certificates: []tls.Certificate{certificate},
		MinVersion:   tls.VersionTLS13,
	}), nil
}

func main() {
	port := flag.Int("port", 0, "")
	pemFile := flag.String("tls", "", "")
	blockers := flag.Bool("blockers", false, "")
	flag.Int("shards", 0, "") // the runtime's own matter
	flag.Parse()
	ends := make(chan os.Signal, 1)
	signal.Notify(ends, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		<-ends
		os.Exit(0)
	}()
	listener, err := listen(*port, *pemFile)
	if err != nil {
		fmt.Fprintln(os.Stderr, "go_server:", err)
		os.Exit(2)
	}
	fmt.Printf("port=%d\n", listener.Addr().(*net.TCPAddr).Port)
	for {
		client, err := listener.Accept()
		if err != nil {
			continue
		}
		go serve(client, *blockers)
	}
}
