"""relay.py - how many flights a message costs on its way onward by SMTP to a distant server.

haulmail alone: it fetches from pop3serve, nearby, and hands over to tests/e2e/smtpd.py, which counts
how often it had answered everything and waited.
"""

import os
import re
import shutil

import clients
import servers

# ours may lie where the user nobody cannot reach it
PYTHON = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else "python3"
MESSAGES = {True: (1000, 50), False: (300, 20)}  # with and without PIPELINING: full, quick
FLIGHTS = {True: 2, False: 4}
# RFC 5321 has a client without PIPELINING wait for MAIL, RCPT, DATA and the message
BYTES = "8192"
ASIDE = 2  # flights a session: for EHLO, and for QUIT


class Smtpd(servers.Process):
    def __init__(self, tool, directory, pipelining):
        self.box = os.path.join(directory, "relayed")
        self.transcript = os.path.join(directory, "relay.transcript")
        portfile = os.path.join(directory, "relay.port")
        for path in self.transcript, portfile:
            if os.path.exists(path):
                os.unlink(path)
        features = ["SIZE", "8BITMIME"] + (["PIPELINING"] if pipelining else [])
        super().__init__([PYTHON, tool, "--port-file", portfile, "--transcript",
                          self.transcript] + [x for f in features for x in ("--feature", f)] +
                         [self.box])
        servers.wait_for(lambda: os.path.exists(portfile), "smtpd.py does not start")
        with open(portfile) as f:
            self.port = int(f.read())

    def stop(self):
        super().stop()
        shutil.rmtree(self.box, ignore_errors=True)

    def flights(self):
        with open(self.transcript) as f:
            return sum(int(n) for n in re.findall(r"close flights=(\d+)", f.read()))

    def messages(self):
        return sum(name.endswith(".eml") for name in os.listdir(self.box))


def configure(home, pop3_port, smtp_port):
    clients.write(home, ".haulmailrc", """\
relay far
    host 127.0.0.1
    port %d
account alice
    host 127.0.0.1
    port %d
    tls off
    user alice
    password secret
    deliver smtp far to bob@example.org
""" % (smtp_port, pop3_port))


def measure(bench, haulmail, one_way_ms, pipelining):
    """The line of the table, flights a message, and what was done wrongly or None."""
    n = MESSAGES[pipelining][bench.quick]
    bench.fresh_home()
    with servers.pop3serve(bench.tools, bench.dir, ["-n", str(n), "-s", BYTES]) as pop3, \
            Smtpd(bench.tool("smtpd.py"), bench.dir, pipelining) as smtp, \
            servers.delay(bench.tools, bench.dir, one_way_ms, smtp.port) as far:
        configure(bench.home, pop3.port, far.port)
        cost = os.path.join(bench.dir, "cost")
        status = bench.launch([bench.tool("measure"), "-p", bench.tool("syncs.so"), cost,
                               haulmail.program, "fetch"], 600)
        if status != 0:
            return None, None, "exit status %s: %s" % (status, bench.last_words())
        if smtp.messages() != n:
            return None, None, "%d of %d messages arrived" % (smtp.messages(), n)
        servers.wait_for(lambda: smtp.flights() > 0, "smtpd.py tells no flights")
        flights = (smtp.flights() - ASIDE) / n
        with open(cost) as f:
            wall = float(f.read().split()[0])
    return "%-20s %7d messages %8.2f s %8.1f ms each %6.2f flights each" % (
        "with PIPELINING" if pipelining else "without PIPELINING", n, wall, wall / n * 1000,
        flights), flights, None


def run(bench, haulmail, one_way_ms):
    """Facts for the budgets: (what, flights, most); None if haulmail did its work wrongly."""
    bench.say("", "relay: messages of %s bytes onward by SMTP, %d ms one way" % (BYTES, one_way_ms))
    facts = []
    for pipelining in True, False:
        line, flights, fault = measure(bench, haulmail, one_way_ms, pipelining)
        bench.say(line or "haulmail: " + fault)
        if fault:
            return None
        facts.append(("flights a message by SMTP, %s PIPELINING" % (
            "with" if pipelining else "without"), flights, FLIGHTS[pipelining]))
    return facts
