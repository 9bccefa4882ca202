#include "net/srv.h"

#include <arpa/nameser.h>
#include <limits.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/slice.h"
#include "util/text.h"

#define ANSWER_MAX 4096
#define FIXED 6 /* priority, weight and port, in front of the host's name */

/* The lowest priority first, among equals the highest weight: no load is to be shared out here. */
static int
by_preference(const void *a, const void *b)
{
	const struct srv *x = a, *y = b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return (y->weight > x->weight) - (y->weight < x->weight);
}

/* False for what is no such record, or says by the host "." that there is no such service. */
static bool
parse_record(const ns_msg *msg, const ns_rr *rr, struct srv *out)
{
	const unsigned char *data = ns_rr_rdata(*rr);

	if (ns_rr_type(*rr) != ns_t_srv || ns_rr_rdlen(*rr) <= FIXED ||
	    ns_name_uncompress(ns_msg_base(*msg), ns_msg_end(*msg), data + FIXED, out->host,
		sizeof(out->host)) == -1)
		return false;
	out->priority = (uint16_t)ns_get16(data);
	out->weight = (uint16_t)ns_get16(data + 2);
	out->port = (uint16_t)ns_get16(data + 4);
	return *out->host != '\0' && strcmp(out->host, ".") != 0 && out->port != 0 &&
	       !text_has_control(slice_str(out->host));
}

size_t
srv_parse(const unsigned char *answer, size_t len, struct srv *out, size_t max)
{
	size_t n = 0;
	ns_msg msg;
	ns_rr rr;

	if (len > INT_MAX || ns_initparse(answer, (int)len, &msg) == -1)
		return 0;
	for (int i = 0; i < ns_msg_count(msg, ns_s_an) && n < max; i++)
		if (ns_parserr(&msg, ns_s_an, i, &rr) == 0 && parse_record(&msg, &rr, &out[n]))
			n++;
	qsort(out, n, sizeof(*out), by_preference);
	return n;
}

size_t
srv_find(const char *service, const char *domain, struct srv *out, size_t max)
{
	unsigned char answer[ANSWER_MAX];
	char name[NS_MAXDNAME];
	struct __res_state state;
	size_t n = 0;
	int len;

	memset(&state, 0, sizeof(state));
	if (snprintf(name, sizeof(name), "%s.%s.", service, domain) >= (int)sizeof(name) ||
	    res_ninit(&state) == -1)
		return 0;
	len = res_nquery(&state, name, ns_c_in, ns_t_srv, answer, sizeof(answer));
	if (len > 0 && (size_t)len <= sizeof(answer))
		n = srv_parse(answer, (size_t)len, out, max);
	res_nclose(&state);
	return n;
}

bool
srv_is_within(const char *host, const char *domain)
{
	size_t h = strlen(host), d = strlen(domain);

	return h >= d && strcasecmp(host + h - d, domain) == 0 &&
	       (h == d || host[h - d - 1] == '.');
}
