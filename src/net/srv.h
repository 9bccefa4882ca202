/*
 * srv.h - which hosts a domain names for a service (RFC 2782).
 *
 * What DNS says is a guess, as nobody has signed it: RFC 6186 section 6 wants a person to confirm a
 * host outside of the domain.
 */
#ifndef NET_SRV_H
#define NET_SRV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SRV_HOST_MAX 256

struct srv {
	char host[SRV_HOST_MAX];
	uint16_t port, priority, weight;
};

/*
 * Asks the system's resolver for the service, such as "_pop3s._tcp", of the domain. The number of
 * hosts in out, at most max, the preferred one first; 0 also when there is no answer, or the domain
 * says that there is no such service.
 */
size_t srv_find(const char *service, const char *domain, struct srv *out, size_t max);

/* The same for an answer as it came. Does no I/O. */
size_t srv_parse(const unsigned char *answer, size_t len, struct srv *out, size_t max);

/* Whether the host is the domain, or in it. */
bool srv_is_within(const char *host, const char *domain);

#endif
