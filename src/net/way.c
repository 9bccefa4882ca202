#include "net/way.h"

#include "net/tunnel.h"
#include "util/log.h"

struct stream *
way_open(const struct way *w, int64_t deadline_ms, struct error *e)
{
	struct tunnel *t;
	int fd;

	if (w->command != NULL) {
		log_dialogue("starting %s", w->command);
		t = tunnel_open(w->command, w->to.host, w->to.port, e);
		return t != NULL ? stream_new_tunnel(t, w->peer) : NULL;
	}
	fd = w->socket != NULL ? dial_socket(w->socket, deadline_ms, e)
			       : dial(&w->to, deadline_ms, e);
	return fd != -1 ? stream_new(fd, w->peer) : NULL;
}
