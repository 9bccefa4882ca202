"""servers.py - what the clients talk to: pop3serve, the delay before it, and Dovecot for TLS."""

import encodings.idna  # noqa: F401  before root is dropped, who alone may be able to read it
import getpass
import grp
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import time


class Trouble(Exception):
    pass


def wait_for(condition, what, seconds=10):
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise Trouble(what)
        time.sleep(0.01)


class Process:
    """A program of ours in the background, until it is stopped."""

    def __init__(self, command, **options):
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **options)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Listener(Process):
    """One that tells its port in a file. The stats of connections are pop3serve's."""

    def __init__(self, directory, name, command):
        portfile = os.path.join(directory, name + ".port")
        self.stats = os.path.join(directory, name + ".stats")
        for path in portfile, self.stats:
            if os.path.exists(path):
                os.unlink(path)
        super().__init__(command + [portfile] + ([self.stats] if name != "delay" else []))

        def ready():
            return os.path.exists(portfile) and os.path.getsize(portfile) > 0

        try:
            wait_for(ready, name + " does not start")
        except Trouble:
            self.stop()
            raise
        with open(portfile) as f:
            self.port = int(f.read())

    def forget(self):
        open(self.stats, "w").close()

    def connections(self):
        """What each connection was, one dict of numbers for each."""
        if not os.path.exists(self.stats):
            return []
        with open(self.stats) as f:
            rows = [line.split() for line in f]
        return [{row[i]: int(row[i + 1]) for i in range(0, len(row), 2)} for row in rows]


def pop3serve(tools, directory, mail, pipelining=True, patience_ms=0):
    options = ["-w", str(patience_ms)] + ([] if pipelining else ["-P"])
    return Listener(directory, "pop3serve", [os.path.join(tools, "pop3serve")] + mail + options)


def delay(tools, directory, ms, port):
    return Listener(directory, "delay", [os.path.join(tools, "delay"), str(ms), str(port)])


CONFIG = """
base_dir = {dir}/run
state_dir = {dir}/run
log_path = {dir}/log
protocols = pop3
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{dir}/Maildir
mail_uid = {user}
mail_gid = {group}
ssl = required
ssl_cert = <{dir}/server.pem
ssl_key = <{dir}/server.key
passdb {{
  driver = passwd-file
  args = {dir}/passwd
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={dir}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = 0
  }}
  inet_listener pop3s {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class Dovecot(Process):
    """A real server with TLS on self.port of localhost, certified by self.ca."""

    @staticmethod
    def missing():
        """What is not there to run it, or None."""
        if not shutil.which("dovecot") or not os.path.exists("/usr/lib/dovecot/pop3-login"):
            return "dovecot-pop3d is not installed"
        if not shutil.which("openssl"):
            return "openssl is not installed"
        return None

    def __init__(self, tools, directory, mail):
        self.directory = os.path.join(directory, "dovecot")
        self.ca = os.path.join(self.directory, "ca.pem")
        self.stats = None
        for part in "cur", "new", "tmp":
            os.makedirs(os.path.join(self.directory, "Maildir", part))
        subprocess.run([os.path.join(tools, "fill")] + mail +
                       [os.path.join(self.directory, "Maildir")], check=True)
        self.certify()
        self.port = random.randrange(20000, 30000)
        with open(os.path.join(self.directory, "passwd"), "w") as f:
            f.write("alice:{PLAIN}secret\n")
        with open(os.path.join(self.directory, "config"), "w") as f:
            f.write(CONFIG.format(dir=self.directory, port=self.port, user=getpass.getuser(),
                                  group=grp.getgrgid(os.getgid()).gr_name))
        super().__init__(["dovecot", "-F", "-c", os.path.join(self.directory, "config")],
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(self.answers, "Dovecot does not start here")
        except Trouble:
            self.stop()
            raise

    def certify(self):
        # openssl(1) of every version makes these without a config file of ours
        script = """set -e
        openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 \
            -subj "/CN=Benchmark CA" -addext basicConstraints=critical,CA:true
        openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr \
            -subj "/CN=localhost"
        echo "subjectAltName=DNS:localhost,IP:127.0.0.1" >ext
        openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 \
            -extfile ext -out server.pem"""
        subprocess.run(["sh", "-c", script], cwd=self.directory, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def answers(self):
        if self.process.poll() is not None:
            raise Trouble("Dovecot does not run here")
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as plain:
                context = ssl.create_default_context(cafile=self.ca)
                with context.wrap_socket(plain, server_hostname="localhost") as s:
                    return s.recv(3) == b"+OK"
        except OSError:
            return False

    def forget(self):
        pass

    def connections(self):
        return []

    def stop(self):
        super().stop()
        shutil.rmtree(self.directory, ignore_errors=True)
