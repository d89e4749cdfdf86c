"""The part `relay` of script/bench: what `serin run` adds to each call of a plugin, and how fast a large result passes,
beside a bare pipe to the same server and beside the same container without a relay."""
import importlib.util, json, os, statistics, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
BIG = 10_000_000
# Answers as fast as Python can: a small result, a large one, or an empty one for everything else.
SERVER = '''import json, os, sys
BIG = b"x" * %d
FIXED = {
    "initialize": {"result": {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                              "serverInfo": {"name": "relay", "version": "1.0.0"}}},
    "tools/list": {"result": {"tools": [{"name": "small", "inputSchema": {"type": "object"}},
                                        {"name": "big", "inputSchema": {"type": "object"}}]}},
    "ping": {"result": {}}}

def write(data):
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(1, rest):]

while True:
    line = sys.stdin.buffer.readline()
    if not line:
        break
    if b'"method":"tools/call","params":{"name":"' in line:
        at = line.find(b'"id":')
        text = BIG if b'"big"' in line else b"small"
        write(b'{"jsonrpc":"2.0",' + line[at:line.find(b",", at)] + b',"result":{"content":[{"type":"text","text":"'
              + text + b'"}],"isError":false}}\\n')
        continue
    request = json.loads(line)
    if "id" in request and "method" in request:
        answer = FIXED.get(request["method"], {"error": {"code": -32601, "message": "unknown"}})
        write(json.dumps({"jsonrpc": "2.0", "id": request["id"], **answer}).encode() + b"\\n")
''' % BIG


def part(name):
    """The module of another part of the bench."""
    spec = importlib.util.spec_from_file_location(f"{name.lower()}_part", os.path.join(HERE, "..", name, "bench.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Client:
    """A client on two pipes, without buffers of its own."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, bufsize=0)
        self.input, self.output = self.process.stdin.fileno(), self.process.stdout.fileno()
        self.number = 0
        self.call("small")

    def call(self, tool):
        """Seconds from the request to the last byte of its answer, and how many bytes that has."""
        self.number += 1
        request = b'{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"%s","arguments":{}}}\n' % (
            self.number, tool.encode())
        began = time.perf_counter()
        os.write(self.input, request)
        size = 0
        while True:
            data = os.read(self.output, 1 << 20)
            if not data:
                raise SystemExit("bench: the server is gone")
            size += len(data)
            if data.endswith(b"\n"):
                return time.perf_counter() - began, size

    def peak(self):
        """The peak memory of the process in MiB."""
        with open(f"/proc/{self.process.pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:")) / 1024

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def write_plugin(work, sandbox):
    folder = f"{work}/relay-plugin"
    os.makedirs(folder)
    with open(f"{folder}/server.py", "w") as file:
        file.write(SERVER)
    with open(f"{folder}/manifest.json", "w") as file:
        file.write(sandbox.manifest("relay", "1.0.0", {
            "type": "python", "entry_point": "server.py", "mcp_config": {
                "command": "/usr/bin/python3", "args": ["-S", "-E", "${__dirname}/server.py"]}}))
    return folder


def bench_relay(serin, work, env, serving, runs):
    sandbox = part("Sandbox")
    folder = write_plugin(work, sandbox)
    host = sandbox.install(serin, work, env, serving, {"relay": folder})
    ours = sandbox.words(host, serin, "run", "relay")
    bare = sandbox.copy_container(serin, work, host, name="relay")
    runc = ["runc", "--root", f"{work}/bare-runc", "run", "--bundle", bare, "bare-relay"]
    names = ["serin run", "bare pipe", "the same container, runc"]
    clients = dict(zip(names, map(Client, (ours, ["/usr/bin/python3", "-S", "-E", f"{folder}/server.py"], runc))))
    small, big = {name: [] for name in names}, {name: [] for name in names}
    for turn in range(runs * 10 + 1):
        for name, client in clients.items():
            row = [client.call("small")[0] for _ in range(100)]
            small[name] += row if turn else []
    for turn in range(runs * 4 + 1):
        for name, client in clients.items():
            seconds, size = client.call("big")
            if size < BIG:
                raise SystemExit(f"bench: {name} gave {size} bytes")
            big[name] += [seconds] if turn else []
    show(names, small, big)
    print(f"  peak memory of serin run: {clients[names[0]].peak():.1f} MiB")
    for client in clients.values():
        client.end()
    recorded = json.loads(subprocess.run([*sandbox.words(host, serin, "audit", "verify", "--json")], check=True,
                                         stdout=subprocess.PIPE).stdout)
    print(f"  calls on record, all in one chain: {recorded['logs'][0]['calls']:,}")
    sys.stdout.flush()


def show(names, small, big):
    print(f"\na call with a small answer, {len(small[names[0]]):,} of each in turns of 100")
    print(f"  {'':34} {'median us':>10} {'99 % us':>10} {'added, median':>14} {'added, 99 %':>12}")
    for name in names:
        middle, late = (percentile(small[name], share) * 1e6 for share in (0.5, 0.99))
        added = ["", ""] if name == names[0] else [
            f"{(percentile(small[names[0]], share) - percentile(small[name], share)) * 1e6:.0f}" for share in (0.5, 0.99)]
        print(f"  {name:34} {middle:10.0f} {late:10.0f} {added[0]:>14} {added[1]:>12}")
    print("  target: under 300 us added to the bare pipe at the median")
    print(f"\na result of {BIG // 1_000_000} MB, {len(big[names[0]])} of each in turn")
    print(f"  {'':34} {'median ms':>10} {'MB/s':>10} {'throughput':>14}")
    for name in names:
        middle = statistics.median(big[name])
        ratio = statistics.median(b / a for a, b in zip(big[names[0]], big[name]))
        shown = "" if name == names[0] else f"{ratio:.2f}"
        print(f"  {name:34} {middle * 1000:10.2f} {BIG / middle / 1e6:10.0f} {shown:>14}")
    print("  target: at least 0.8 times the bare pipe")
