"""Both sides of the wire: `raw_call.py call NAME HANDLER TEXT` and `raw_call.py serve NAME`."""
import atexit, itertools, os, re, signal, socket, sys, tempfile, threading, uuid
def open_socket(bind_or_connect, name):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    bind_or_connect(sock, os.path.join(tempfile.gettempdir(), name))
    return sock
def handshake(setup, flags=0):  # sends the peer the name of a new socket, and receives its answer
    receiver = open_socket(socket.socket.bind, str(uuid.uuid4()))
    try:
        receiver.settimeout(30)
        setup.send(os.path.basename(receiver.getsockname()).encode())
        return receiver, receiver.recv(36, flags)
    finally:
        os.unlink(receiver.getsockname())  # the peer has connected, and a connected socket needs no file
def stream(receiver):  # the bytes of all datagrams: messages may begin and end anywhere
    while True: yield from receiver.recv(1 << 20)
def read_number(stream):
    return byte if (byte := next(stream)) < 128 else byte & 127 | read_number(stream) << 7
def read_bytes(stream):
    return bytes(itertools.islice(stream, read_number(stream)))
def message(*fields):  # numbers as varints, bytes after their length
    varint = lambda n: bytes([n]) if n < 128 else bytes([n & 127 | 128]) + varint(n >> 7)
    body = b"".join(varint(f) if isinstance(f, int) else varint(len(f)) + f for f in fields)
    return varint(len(body)) + body  # at most 4096 bytes, unless the peer has announced more

def call(name, handler, data, hello=b""):  # returns whether it succeeded, and the result or the error's text
    receiver, peer = handshake(open_socket(socket.socket.connect, name))
    sender, reply = open_socket(socket.socket.connect, peer.decode()), stream(receiver)
    sender.send(hello + message(0, 1, handler.encode(), data))  # id 0, type 1
    while (head := [read_number(reply) for _ in range(3)])[1]: read_bytes(reply)  # a hello has another id
    return head[2] == 1, read_bytes(reply)
HANDLERS = {"Echo": lambda data: data, "Upper": lambda data: data.decode().upper().encode()}
def converse(client):
    sender = open_socket(socket.socket.connect, client)
    request = stream(handshake(sender, socket.MSG_PEEK)[0])  # the answer is the first request
    while True:
        _total, id, kind = (read_number(request) for _ in range(3))
        handler, data = read_bytes(request).decode(), read_bytes(request)
        try:
            reply = message(id, 1, HANDLERS[handler](data))
        except Exception as error:
            reply = message(id, 0, f"handler({handler}) error: {error!r}".encode())
        if kind: sender.send(reply)  # the rest are keep-alives and announcements

def serve(name):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    threading.excepthook = lambda _: None  # a thread ends with an error when its client exits or is silent
    setup = open_socket(socket.socket.bind, name)
    atexit.register(os.unlink, setup.getsockname())
    print("ready", flush=True)
    while client := setup.recv(64):
        if re.fullmatch(b"[0-9a-f-]{36}", client):
            threading.Thread(target=converse, args=[client.decode()], daemon=True).start()

if __name__ == "__main__" and sys.argv[1] == "serve":
    serve(sys.argv[2])
elif __name__ == "__main__":
    succeeded, said = call(*sys.argv[2:4], os.fsencode(sys.argv[4]))
    (sys.stdout if succeeded else sys.stderr).buffer.write(said + b"\n")
    sys.exit(not succeeded)
