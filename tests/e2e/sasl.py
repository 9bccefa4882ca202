"""sasl.py - the server's side of SASL, for pop3d.py.

A mechanism is a generator: it yields challenges (bytes), is sent the client's
responses, and returns whether the client may come in. The first response is
sent before the first challenge is asked for when the client has given one.
"""

import base64
import hashlib
import hmac
import os
import ssl


class Early(Exception):
    """An option says that the server claims success here."""


def scram(hash_name, plus):
    """The mechanism of RFC 5802; faults are what --scram KEY=VALUE says."""

    def mechanism(session):
        o, faults = session.o, session.o.scram
        first = (yield b"").decode("latin-1")
        flag, _, bare = first.split(",", 2)
        header = first[:len(first) - len(bare)]
        bound = b""
        if plus:
            kind = faults.get("BINDING", "tls-server-end-point")
            if flag != "p=" + kind:
                yield b"e=unsupported-channel-binding-type"
                return False
            bound = hashlib.sha256(ssl.PEM_cert_to_DER_cert(open(o.cert).read())).digest()
        elif flag.startswith("p="):
            yield b"e=channel-binding-not-supported"
            return False
        elif flag == "y" and any(m.endswith("-PLUS") for m in o.sasl):
            yield b"e=server-does-support-channel-binding"
            return False
        if faults.get("EARLY") == "1":
            raise Early
        names = dict(part.split("=", 1) for part in bare.split(","))
        iterations = int(faults.get("ITERATIONS", "4096"))
        nonce = faults.get("NONCE", names["r"] + base64.b64encode(os.urandom(12)).decode())
        nonce = nonce.replace("CLIENT", names["r"])
        salt = b"0123456789ab"
        challenge = "r=%s,s=%s,i=%d" % (nonce, base64.b64encode(salt).decode(), iterations)
        final = (yield challenge.encode("latin-1")).decode("latin-1")
        if faults.get("EARLY") == "2":
            raise Early
        without, _, proof = final.rpartition(",p=")
        fields = dict(part.split("=", 1) for part in without.split(","))
        auth = ",".join((bare, challenge, without)).encode("latin-1")

        def mac(key, text):
            return hmac.new(key, text, hash_name).digest()

        salted = hashlib.pbkdf2_hmac(
            hash_name, o.password.encode("utf-8", "surrogateescape"), salt, iterations)
        client = mac(salted, b"Client Key")
        signature = mac(hashlib.new(hash_name, client).digest(), auth)
        want = base64.b64encode(bytes(a ^ b for a, b in zip(client, signature))).decode()
        binding = base64.b64decode(fields["c"])
        user = names["n"].replace("=2C", ",").replace("=3D", "=")
        if binding != header.encode() + bound or fields["r"] != nonce:
            yield b"e=channel-bindings-dont-match"
            return False
        if proof != want or user != o.user:
            yield b"e=invalid-proof"
            return False
        verifier = base64.b64encode(mac(mac(salted, b"Server Key"), auth)).decode()
        yield b"v=" + faults.get("SIGNATURE", verifier).encode("latin-1")
        return True

    return mechanism


def plain(session):
    o = session.o
    fields = (yield b"").split(b"\0")
    return fields[1:] == [o.user.encode(), o.password.encode("utf-8", "surrogateescape")]


def login(session):
    user = yield b"Username:"
    password = yield b"Password:"
    return (user.decode("latin-1"), password.decode("utf-8", "surrogateescape")) == (
        session.o.user, session.o.password)


def cram_md5(session):
    challenge = b"<1896.697170952@localhost>"
    response = yield challenge
    key = session.o.password.encode("utf-8", "surrogateescape")
    want = "%s %s" % (session.o.user, hmac.new(key, challenge, "md5").hexdigest())
    return response.decode("latin-1") == want


def token(form):
    """XOAUTH2 and OAUTHBEARER: form makes the only message that is accepted."""

    def mechanism(session):
        response = yield b""
        if response == form(session.o):
            return True
        answer = yield (b'{"status":"invalid_token","schemes":"bearer",'
                        b'"scope":"https://mail.example.org/"}')
        session.note("dance", repr(answer))
        return False

    return mechanism


def external(session):
    return (yield b"") == session.o.user.encode() and session.wire.tls


MECHANISMS = {
    "PLAIN": plain,
    "LOGIN": login,
    "CRAM-MD5": cram_md5,
    "SCRAM-SHA-1": scram("sha1", False),
    "SCRAM-SHA-1-PLUS": scram("sha1", True),
    "SCRAM-SHA-256": scram("sha256", False),
    "SCRAM-SHA-256-PLUS": scram("sha256", True),
    "XOAUTH2": token(lambda o: b"user=%s\1auth=Bearer %s\1\1" % (
        o.user.encode(), o.token.encode())),
    "OAUTHBEARER": token(lambda o: b"n,a=%s,\1host=%s\1port=%d\1auth=Bearer %s\1\1" % (
        o.user.encode(), o.token_host.encode(), o.port_here, o.token.encode())),
    "EXTERNAL": external,
}

SERVER_FIRST = ("LOGIN", "CRAM-MD5")
