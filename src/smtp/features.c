#include "smtp/features.h"

#include "util/util.h"

void
features_add(struct buf *features, struct slice line)
{
	const struct slice head = { line.p, MIN(line.len, (size_t)5) };

	line = slice_trim(line);
	if (line.len == 0 || line.len + 2 > features->max - features->len)
		return;
	if (slice_caseequal(head, "AUTH=")) {
		(void)buf_addstr(features, "AUTH ");
		line.p += head.len;
		line.len -= head.len;
	}
	(void)buf_append(features, line.p, line.len);
	(void)buf_addch(features, '\n');
}

bool
features_have(struct slice features, const char *name, struct slice *parameters)
{
	while (features.len > 0) {
		struct slice line = slice_line(&features);

		if (slice_caseequal(slice_word(&line), name)) {
			if (parameters != NULL)
				*parameters = line;
			return true;
		}
	}
	return false;
}

uint64_t
features_size(struct slice features)
{
	struct slice parameters;
	uint64_t size;

	if (!features_have(features, "SIZE", &parameters) ||
	    !slice_number(slice_word(&parameters), UINT64_MAX, &size))
		return 0;
	return size;
}

bool
features_list_mechanism(struct slice features, const char *name)
{
	while (features.len > 0) {
		struct slice line = slice_line(&features);

		if (!slice_caseequal(slice_word(&line), "AUTH"))
			continue;
		while (line.len > 0)
			if (slice_caseequal(slice_word(&line), name))
				return true;
	}
	return false;
}
