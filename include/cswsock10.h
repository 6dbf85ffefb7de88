// Inlet, layer 3: managed Internet servers and blocking-style sockets, source-compatible with the SocketTools Inet* functions.
//
// One call, InetServerStart, starts a TCP server with a thread of its own; the program writes only what happens to each
// client. The same read and write calls serve the clients of a server and the sockets made with InetConnect.
//
// Conventions, valid for every function below
//   Handles   A SOCKET here is opaque. A dead handle is always ST_ERROR_INVALID_HANDLE and never reaches a newer session.
//   Errors    The failure value is FALSE, INVALID_SOCKET, INET_ERROR (-1) or NULL; InetGetLastError then gives the reason,
//             per thread. Success may set the last error to 0 and never to a failure.
//   Every function that takes a handle can fail with
//             ST_ERROR_NOT_INITIALIZED  InetInitialize has not been called
//             ST_ERROR_INVALID_HANDLE   the handle is not one of ours, or is dead
//             and every function that makes something with
//             ST_ERROR_OUT_OF_MEMORY    there is no memory, or no thread, left;
//             and functions that move data on a session that is being closed fail with ST_ERROR_INVALID_HANDLE too, on a socket
//             that is still connecting with ST_ERROR_NOT_CONNECTED.
//   Threads   Every function may be called from any thread. Calls that move data are serialised per socket and direction.
//             Inside an event callback a call that must wait lets the other clients go on meanwhile.
//   Buffers   Belong to the caller and are used only during the call. Lengths are in bytes, text lengths in characters with
//             the terminator.
//   Text      A function with text has two forms, and the name without a letter is one of them: A is UTF-8, W is UTF-16 (with
//             UNICODE). Both do the same. Text in UTF-16 that is not well-formed is ST_ERROR_INVALID_PARAMETER.
//   Time      Timeouts are in seconds, with two exceptions that say so: InetIsReadable and InetIsWritable (milliseconds).
//
// Source      spec/inet-server-api.md (the SocketTools v10 and v11 documents in our words); section numbers are given as "sheet n".
#ifndef INLET_CSWSOCK10_H
#define INLET_CSWSOCK10_H

#include <inlet/inet_address.h>
#include <inlet/inet_errors.h>
#include <inlet/inet_events.h>
#include <inlet/inet_host.h>
#include <inlet/inet_options.h>
#include <inlet/inet_security.h>
#include <inlet/inet_server.h>
#include <inlet/inet_session.h>
#include <inlet/inet_socket.h>
#include <inlet/inet_status.h>
#include <inlet/inet_stream.h>
#include <inlet/inet_trace.h>
#include <inlet/inet_transfer.h>
#include <inlet/inet_types.h>

#endif /* INLET_CSWSOCK10_H */
