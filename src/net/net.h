/*
 * net.h - from a host name to a stream of lines. Read this first in net/.
 *
 * Here:      host names beyond ASCII (hostname.h), dialing (dial.h), a program in the place of a
 *            connection (tunnel.h), whichever of them leads to a server (way.h), TLS with all that
 *            it verifies (tls.h), what of the system has to be in reach for all that (needs.h),
 *            what certificates say (certificate.h), a certificate of our own (identity.h), and the
 *            buffered stream with deadlines that the protocols talk through (stream.h).
 * Not here:  any protocol: what is said over the stream is the business of pop3/ and smtp/.
 * Deadlines: absolute CLOCK_MONOTONIC milliseconds (util/clock.h), set by the caller per command.
 *            No wait in this folder goes past the deadline in force, but for the system's own
 *            name resolver, which has limits of its own.
 * Ownership: the stream takes over the descriptor or the tunnel; stream_free() closes it.
 *
 * net includes only util.
 */
#ifndef NET_NET_H
#define NET_NET_H
#endif
