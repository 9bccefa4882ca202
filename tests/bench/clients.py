"""clients.py - what is compared: the floor, haulmail, and the peers that Debian has.

Each client has a class that writes its configuration into a fresh home directory and says how it
is called. All deliver to the one file ~/inbox, with the care for it that is their default.
"""

import os
import shutil
import subprocess
import time


class Mailbox:
    """What a client is to fetch: so many accounts on one server, which all hold the same mail."""

    def __init__(self, port, accounts=1, keep=True, ca=None, pipelining=True, poll=False):
        self.port, self.keep, self.ca = port, keep, ca
        self.pipelining, self.poll = pipelining, poll
        # A certificate has a name; without TLS nobody shall spend time on looking one up.
        self.host = "localhost" if ca else "127.0.0.1"
        self.users = ["alice"] if accounts == 1 else ["alice%d" % i for i in range(accounts)]


class Client:
    name = ""
    form = "mbox"       # of the inbox, for check.c
    good = (0,)         # exit statuses that say that all went well
    package = None      # where to get it
    parallel = "one account after the other"

    def __init__(self, program):
        self.program = program

    @classmethod
    def find(cls):
        program = shutil.which(cls.name)
        return cls(program) if program else None

    def version(self):
        said = subprocess.run([self.program, "--version"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
        return said.decode(errors="replace").split("\n")[0]

    def inboxes(self, home, accounts):
        return [os.path.join(home, "inbox")]

    def configure(self, home, box):
        """Writes the configuration, and an inbox if the client wants to find one."""
        raise NotImplementedError

    def command(self, home, box):
        raise NotImplementedError

    def know(self, home, box, numbers):
        """Writes a state in which these messages have been fetched; False: it has to do that."""
        return False


def uid_of(number):
    """The UID that pop3serve gives to this message."""
    return "%08x%08x" % (number, number * 2654435761 & 0xffffffff)


def write(home, name, text, mode="w"):
    path = os.path.join(home, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, mode) as f:
        os.fchmod(f.fileno(), 0o600)
        f.write(text)


class Floor(Client):
    name = "floor"
    form = "raw"
    parallel = "all at once"

    def version(self):
        return "floor: all messages in one flight into one file, one fsync"

    def inboxes(self, home, accounts):
        inbox = os.path.join(home, "inbox")
        return [inbox] if accounts == 1 else ["%s.%d" % (inbox, i) for i in range(accounts)]

    def configure(self, home, box):
        pass

    def command(self, home, box):
        options = []
        if not box.keep:
            options.append("-d")
        if not box.pipelining:
            options.append("-l")
        if box.poll:
            options.append("-p")
        if box.ca:
            options.append("-t")
        if len(box.users) > 1:
            options += ["-j", str(len(box.users))]
        return [self.program] + options + [str(box.port), os.path.join(home, "inbox")]

    def know(self, home, box, numbers):
        return True


class Haulmail(Client):
    name = "haulmail"

    def __init__(self, program):
        super().__init__(program)
        said = subprocess.run([program, "--help"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE).stdout.decode()
        self.has_jobs = "-j" in said.split() or "-j," in said.split()
        if self.has_jobs:
            self.parallel = "all at once, by -j"

    def configure(self, home, box):
        text = ""
        for user in box.users:
            text += "account %s\n    host %s\n    port %d\n    user %s\n    password secret\n" % (
                user, box.host, box.port, user)
            text += "    tls-ca \"%s\"\n" % box.ca if box.ca else "    tls off\n"
            text += "    keep %s\n    deliver mbox ~/inbox\n" % ("yes" if box.keep else "no")
        write(home, ".haulmailrc", text)

    def command(self, home, box):
        jobs = ["-j", str(len(box.users))] if self.has_jobs and len(box.users) > 1 else []
        return [self.program] + jobs + ["fetch"]


class Mpop(Client):
    name = package = "mpop"

    def configure(self, home, box):
        text = "defaults\nhost %s\nport %d\npassword secret\ndelivery mbox %s/inbox\n" % (
            box.host, box.port, home)
        text += "auth user\nkeep %s\nuidls_file %s/uidls.%%U\n" % (
            "on" if box.keep else "off", home)
        if box.ca:
            text += "tls on\ntls_starttls off\ntls_trust_file %s\n" % box.ca
        else:
            text += "tls off\n"
        for user in box.users:
            text += "account %s\nuser %s\n" % (user, user)
        write(home, ".mpoprc", text)

    def command(self, home, box):
        return [self.program, "-q", "-a"]

    def know(self, home, box, numbers):
        write(home, "uidls.alice", " %d %s alice\n" % (len(numbers), box.host) +
              "".join("%s\n" % uid for uid in sorted(map(uid_of, numbers))))
        return True


class Fetchmail(Client):
    name = package = "fetchmail"
    form = "bsmtp"
    good = (0, 1)  # 1: nothing new

    def configure(self, home, box):
        text = "set no syslog\nset idfile \"%s/ids\"\n" % home
        for user in box.users:
            text += "poll %s via %s protocol pop3 port %d uidl no dns\n" % (
                user, box.host, box.port)
            text += "    user \"%s\" with password \"secret\" bsmtp \"%s/inbox\" %s %s\n" % (
                user, home, "keep" if box.keep else "no keep",
                "ssl sslcertck sslcertfile \"%s\"" % box.ca if box.ca else "sslproto \"\"")
        write(home, ".fetchmailrc", text)

    def command(self, home, box):
        return [self.program, "-s", "--pidfile", os.path.join(home, "pid")]

    def know(self, home, box, numbers):
        write(home, "ids", "".join("alice@%s %s\n" % (box.host, uid_of(i)) for i in numbers))
        return True


class Getmail(Client):
    name = "getmail"
    package = "getmail6"

    def configure(self, home, box):
        for user in box.users:
            text = "[retriever]\ntype = SimplePOP3%sRetriever\nserver = %s\nport = %d\n" % (
                "SSL" if box.ca else "", box.host, box.port)
            text += "username = %s\npassword = secret\n" % user
            text += "ca_certs = %s\n" % box.ca if box.ca else ""
            text += "[destination]\ntype = Mboxrd\npath = %s/inbox\n" % home
            text += "[options]\nverbose = 0\nread_all = false\ndelete = %s\n" % (
                "false" if box.keep else "true")
            write(home, ".getmail/" + user, text)
        write(home, "inbox", "")

    def command(self, home, box):
        return [self.program] + ["--rcfile=" + user for user in box.users]

    def know(self, home, box, numbers):
        now = int(time.time())
        write(home, ".getmail/oldmail-%s-%d-alice" % (box.host, box.port),
              "".join("%s\0%d\n" % (uid_of(i), now) for i in numbers))
        return True


class Fdm(Client):
    name = package = "fdm"

    parallel = "all at once"

    def version(self):  # only the newest can tell
        return "fdm " + subprocess.run(
            "dpkg-query -W -f '${Version}' fdm || echo 'of unknown version'", shell=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode().strip()

    def configure(self, home, box):
        text = "set maximum-size 1G\nset lock-file \"%s/lock\"\n" % home
        text += "action \"in\" mbox \"%s/inbox\"\n" % home
        for user in box.users:
            text += "account \"%s\" %s server \"%s\" port %d user \"%s\" pass \"secret\"" % (
                user, "pop3s" if box.ca else "pop3", box.host, box.port, user)
            if box.keep:
                text += " new-only cache \"%s/cache.%s\" keep" % (home, user)
            text += "\n"
        write(home, ".fdm.conf", text + "match all action \"in\"\n")

    def command(self, home, box):
        return [self.program, "-q", "-f", os.path.join(home, ".fdm.conf"), "fetch"]

    def know(self, home, box, numbers):
        write(home, "cache.alice", "".join("16 %s\n" % uid_of(i) for i in numbers))
        return True


PEERS = [Mpop, Fetchmail, Getmail, Fdm]
