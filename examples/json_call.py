"""Calls a service with `codec = Json` by the names of its arguments:
`json_call.py [--hello] NAME HANDLER [KEY=VALUE]...`.

A VALUE is JSON; if it is not valid JSON, it is a text. With `--hello` a reply may have more than 4096 bytes; then the
server's own errors begin with a mark, such as `$codec: `."""
import json, sys

sys.dont_write_bytecode = True  # no cache next to the examples
from raw_call import call, message

# Id 1, type 0; each field is a key, a length and a value: version 1, and datagrams of up to 64 KiB.
HELLO = message(1, 0, b"$hello", bytes([1, 1, 1, 2, 3, 128, 128, 4]))

def value(text):
    try:
        return json.loads(text)
    except ValueError:
        return text

hello = HELLO if sys.argv[1] == "--hello" else b""
name, handler, *pairs = sys.argv[2 if hello else 1:]
arguments = {key: value(text) for key, _, text in (pair.partition("=") for pair in pairs)}
try:
    succeeded, reply = call(name, handler, json.dumps(arguments).encode(), hello)
except OSError as error:
    sys.exit(f"{name} cannot be called: {error.strerror}")
if not succeeded:
    sys.exit(reply.decode())  # the server's error text
reply = json.loads(reply)
print(json.dumps(reply, ensure_ascii=False))
sys.exit(isinstance(reply, dict) and "Err" in reply)  # the method's own error is a reply
