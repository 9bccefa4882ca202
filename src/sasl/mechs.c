#include "sasl/exchange.h"

const struct sasl_mech sasl_mechs[] = {
	{ .name = "CRAM-MD5", .respond = cram_respond },
	{ .name = "EXTERNAL", .initial = true, .no_secret = true, .respond = external_respond },
	{ .name = "LOGIN", .clear = true, .respond = login_respond },
	{ .name = "OAUTHBEARER",
	    .initial = true,
	    .clear = true,
	    .token = true,
	    .respond = oauthbearer_respond },
	{ .name = "PLAIN", .initial = true, .clear = true, .respond = plain_respond },
	{ .name = "SCRAM-SHA-1",
	    .bound = "SCRAM-SHA-1-PLUS",
	    .initial = true,
	    .hash = "SHA1",
	    .respond = scram_respond },
	{ .name = "SCRAM-SHA-1-PLUS",
	    .initial = true,
	    .binds = true,
	    .hash = "SHA1",
	    .respond = scram_respond },
	{ .name = "SCRAM-SHA-256",
	    .bound = "SCRAM-SHA-256-PLUS",
	    .initial = true,
	    .hash = "SHA256",
	    .respond = scram_respond },
	{ .name = "SCRAM-SHA-256-PLUS",
	    .initial = true,
	    .binds = true,
	    .hash = "SHA256",
	    .respond = scram_respond },
	{ .name = "XOAUTH2",
	    .initial = true,
	    .clear = true,
	    .token = true,
	    .respond = xoauth2_respond },
	{ .name = NULL },
};

const struct sasl_mech *
sasl_find(struct slice name)
{
	for (const struct sasl_mech *m = sasl_mechs; m->name != NULL; m++)
		if (slice_caseequal(name, m->name))
			return m;
	return NULL;
}

uint32_t
sasl_bit(const struct sasl_mech *m)
{
	return m != NULL ? (uint32_t)1 << (m - sasl_mechs) : 0;
}

void
sasl_format_set(uint32_t set, const char *between, struct buf *out)
{
	const char *gap = "";

	for (const struct sasl_mech *m = sasl_mechs; m->name != NULL; m++)
		if ((set & sasl_bit(m)) != 0) {
			(void)buf_addf(out, "%s%s", gap, m->name);
			gap = between;
		}
}
