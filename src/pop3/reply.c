#include "pop3/reply.h"

#include <string.h>

int
pop3_parse_status(struct slice in, struct pop3_status *out)
{
	const char *end;

	*out = (struct pop3_status){ .ok = slice_skip(&in, "+OK") };
	if (!out->ok && !slice_skip(&in, "-ERR"))
		return -1;
	if (in.len > 0 && *in.p != ' ' && *in.p != '\t') {
		out->ok = false; /* "+OKAY" is no status */
		return -1;
	}
	slice_skip_blanks(&in);
	if (in.len > 0 && in.p[0] == '[' && (end = memchr(in.p, ']', in.len)) != NULL) {
		out->code = (struct slice){ in.p + 1, (size_t)(end - in.p) - 1 };
		in = (struct slice){ end + 1, in.len - out->code.len - 2 };
		slice_skip_blanks(&in);
	}
	out->text = in;
	return 0;
}

bool
pop3_parse_challenge(struct slice line, struct slice *challenge)
{
	/* some leave out the blank when nothing follows */
	if (!slice_skip(&line, "+ ") && !slice_equal(line, "+"))
		return false;
	*challenge = slice_equal(line, "+") ? (struct slice){ "", 0 } : line;
	return true;
}

enum errclass
pop3_status_class(const struct pop3_status *st, enum errclass otherwise)
{
	if (slice_caseequal(st->code, "IN-USE") || slice_caseequal(st->code, "LOGIN-DELAY") ||
	    slice_caseequal(st->code, "SYS/TEMP"))
		return ERR_TEMP;
	if (slice_caseequal(st->code, "AUTH"))
		return ERR_AUTH;
	if (slice_caseequal(st->code, "SYS/PERM") && otherwise == ERR_TEMP)
		return ERR_PROTO;
	return otherwise;
}
