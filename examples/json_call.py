"""Calls a service of `codec = Json` with named values: `json_call.py NAME HANDLER [KEY=VALUE]...`.

A VALUE is JSON, or else the text that it is. How the bytes get there, raw_call.py knows."""
import json, os, subprocess, sys

def value(text):
    try:
        return json.loads(text)
    except ValueError:
        return text

name, handler, *pairs = sys.argv[1:]
arguments = {key: value(text) for key, _, text in (pair.partition("=") for pair in pairs)}
raw_call = os.path.join(os.path.dirname(os.path.abspath(__file__)), "raw_call.py")
command = [sys.executable, raw_call, "call", name, handler, json.dumps(arguments)]
done = subprocess.run(command, stdout=subprocess.PIPE)
if done.returncode:
    sys.exit(done.returncode)  # the server's words are on stderr
reply = json.loads(done.stdout)
print(json.dumps(reply, ensure_ascii=False))
sys.exit(isinstance(reply, dict) and "Err" in reply)  # the method's own error is a reply
