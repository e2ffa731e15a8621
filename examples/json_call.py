"""Calls a service with `codec = Json` by the names of its arguments: `json_call.py NAME HANDLER [KEY=VALUE]...`.

A VALUE is JSON; if it is not valid JSON, it is a text."""
import json, sys

sys.dont_write_bytecode = True  # no cache next to the examples
from raw_call import call

def value(text):
    try:
        return json.loads(text)
    except ValueError:
        return text

name, handler, *pairs = sys.argv[1:]
arguments = {key: value(text) for key, _, text in (pair.partition("=") for pair in pairs)}
try:
    succeeded, reply = call(name, handler, json.dumps(arguments).encode())
except OSError as error:
    sys.exit(f"{name} cannot be called: {error.strerror}")
if not succeeded:
    sys.exit(reply.decode())  # the server's error text
reply = json.loads(reply)
print(json.dumps(reply, ensure_ascii=False))
sys.exit(isinstance(reply, dict) and "Err" in reply)  # the method's own error is a reply
