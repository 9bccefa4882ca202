/*
 * stream.h - one connection, plain or TLS, as buffered lines and runs of bytes under a deadline.
 *
 * Units:     bytes; deadlines as in net.h.
 * Ownership: stream_new() takes over fd, stream_new_tunnel() the tunnel. A line or a run of bytes
 *            points into the stream and is valid until the next call on it; nobody frees it.
 * Errors:    0, or -1 with *e set: ERR_TEMP (timeout, reset, end of file), ERR_PROTO (a line
 *            longer than STREAM_LINE_MAX), ERR_TLS, ERR_OS. After -1 only stream_free().
 * Trace:     what is read as lines and what is written goes to log_dialogue(); a secret write
 *            shows as "(secret)".
 * Sources:   RFC 1939 section 3, RFC 2449 section 4, RFC 8446 section 6.1 (close_notify).
 */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "net/tls.h"
#include "net/tunnel.h"
#include "util/error.h"
#include "util/slice.h"

#define STREAM_LINE_MAX ((size_t)8192)

struct stream;

/* fd is non-blocking; peer names it in errors and is copied. */
struct stream *stream_new(int fd, const char *peer);
void stream_free(struct stream *s);

/* The same over a program, whose last words then explain what fails. */
struct stream *stream_new_tunnel(struct tunnel *t, const char *peer);

const char *stream_peer(const struct stream *s);

/* Whether the peer is this machine, by TCP or a Unix socket. Where a tunnel ends nobody knows. */
bool stream_is_loopback(const struct stream *s);

/* Our own address on it, in digits; false where there is none, as on a Unix socket. */
#define STREAM_ADDRESS_MAX 46
bool stream_own_address(const struct stream *s, char out[static STREAM_ADDRESS_MAX]);

void stream_set_deadline(struct stream *s, int64_t at_ms);

/* One line without its CRLF or LF. */
int stream_getline(struct stream *s, struct slice *line, struct error *e);

/* Whether the latest line ended in a bare LF. */
bool stream_lf_only(const struct stream *s);

/* What is buffered, at least one byte: waits if there is none. The bytes stay buffered ... */
int stream_peek(struct stream *s, struct slice *bytes, struct error *e);
/* ... until len of them are taken. */
void stream_take(struct stream *s, size_t len);

/* The bytes received and not yet taken, which stay buffered. */
struct slice stream_buffered(const struct stream *s);

/*
 * Writes all of it. What the connection does not take at once is sent while the stream reads, so
 * that two sides that write to each other never wait for each other; a stream that holds 32 KiB
 * for sending waits.
 */
int stream_write(struct stream *s, struct slice bytes, bool secret, struct error *e);

/* The same for what is no line of the dialogue, such as a message: it is not traced. */
int stream_send(struct stream *s, struct slice bytes, struct error *e);

/* The same for several lines, of the first n of which secret[] tells whether they are. */
int stream_write_lines(
    struct stream *s, struct slice lines, const bool *secret, size_t n, struct error *e);

/*
 * Goes on in TLS. Bytes buffered before the handshake were sent by somebody who could not know
 * what they would answer: they are an attack, and ERR_TLS (CVE-2011-0411 and its kin).
 */
int stream_start_tls(
    struct stream *s, const char *host, const struct tls_params *params, struct error *e);
bool stream_is_tls(const struct stream *s);

/* What TLS has come to, by what it was started with; false as long as there is none. */
bool stream_tls_report(
    struct stream *s, const char *host, const struct tls_params *params, struct tls_report *r);

/* As tls_binding(); 0 without TLS. */
size_t stream_binding(
    const struct stream *s, const char *type, unsigned char out[static TLS_BINDING_MAX]);

#endif
