/* Lines of SMTP replies, and what stands behind EHLO. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "sasl/sasl.h"
#include "smtp/features.h"
#include "smtp/reply.h"

static void
check_line(struct slice line)
{
	struct smtp_line l;

	if (smtp_parse_line(line, &l) == -1)
		return;
	CHECK(l.code >= 200 && l.code <= 599);
	CHECK(fuzz_is_within(l.enhanced, line) && fuzz_is_within(l.text, line));
	if (l.enhanced.len > 0)
		CHECK(l.enhanced.len >= 5 && *l.enhanced.p == *line.p &&
		      fuzz_is_printable(l.enhanced));
}

static void
check_features(struct slice features)
{
	static const char *const names[] = { "PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8",
		"STARTTLS", "AUTH", "" };
	struct slice parameters;

	for (size_t i = 0; i < nitems(names); i++)
		if (features_have(features, names[i], &parameters))
			CHECK(fuzz_is_within(parameters, features));
	for (const struct sasl_mech *m = sasl_mechs; m->name != NULL; m++)
		if (features_list_mechanism(features, m->name))
			CHECK(features_have(features, "AUTH", NULL));
	if (features_size(features) > 0)
		CHECK(features_have(features, "SIZE", NULL));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = fuzz_input(data, size);
	struct buf features = BUF_INIT(SMTP_FEATURES_MAX);

	while (in.len > 0) {
		struct slice line = slice_line(&in);
		char *copy = fuzz_copy(line);

		line.p = copy;
		check_line(line);
		features_add(&features, line);
		free(copy);
	}
	CHECK(features.len <= SMTP_FEATURES_MAX);
	check_features(buf_slice(&features));
	buf_free(&features);
	return 0;
}
