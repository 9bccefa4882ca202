/*
 * findserver.h - the POP3 server of a domain, found by asking DNS and knocking at doors.
 */
#ifndef CLI_FINDSERVER_H
#define CLI_FINDSERVER_H

#include <stdbool.h>

#include "config/config.h"
#include "net/srv.h"

struct found_server {
	struct srv at;
	enum account_tls tls;
	const char *how; /* it was found, for a person */
};

/*
 * The first of the likely servers that answers, with a certificate that can be trusted: what DNS
 * says (RFC 6186 and 8314), TLS from the first byte preferred, then the usual names. Each has a few
 * seconds. Logs what is wrong with the others. False: there is none, or a signal ended the search.
 */
bool find_server(const char *domain, struct found_server *out);

#endif
