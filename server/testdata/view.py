"""A client in sixty lines, without a library: it joins a room, adds to a counter, and follows the state by patches.

    python3 view.py HOST PORT PATH COUNT
"""
import base64, json, os, socket, struct, sys

host, port, path, count = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
sock = socket.create_connection((host, port))
reader = sock.makefile("rb")
key = base64.b64encode(os.urandom(16)).decode()
sock.sendall((f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: aper.json.1\r\n\r\n").encode())
if b" 101 " not in reader.readline():
    sys.exit("refused: " + reader.read(1000).decode())
while reader.readline() != b"\r\n":
    pass


def send(message):  # one text frame (RFC 6455, 5.2), masked as clients must
    data, mask = json.dumps(message).encode(), os.urandom(4)
    length = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data))
    sock.sendall(b"\x81" + length + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))


def receive():
    length = reader.read(2)[1] & 0x7F
    if length >= 126:
        length = int.from_bytes(reader.read(2 if length == 126 else 8), "big")
    return json.loads(reader.read(length))


def patched(value, operations):  # RFC 6902, as far as objects go
    for operation in operations:
        *way, last = [step.replace("~1", "/").replace("~0", "~") for step in operation["path"].split("/")[1:]] or [None]
        place = value
        for step in way:
            place = place[step]
        if last is None:
            value = operation["value"]
        elif operation["op"] == "remove":
            del place[last]
        else:
            place[last] = operation["value"]
    return value


send({"hello": {"patch": True}})
state, pushed, confirmed = None, 0, 0
while confirmed < count:
    message = receive()
    if "close" in message:
        sys.exit(message["close"]["reason"])
    state = message.get("state", state)
    state = patched(state, message.get("patch", []))
    for outcome in message.get("outcomes", []):
        if "rejected" in outcome:
            sys.exit("rejected: " + outcome["rejected"])
        confirmed = outcome["push"]
    if confirmed == pushed < count:  # one at a time
        pushed += 1
        send({"push": pushed, "known": confirmed, "transition": {"Increment": {"by": 2}}})
print(json.dumps(state))
