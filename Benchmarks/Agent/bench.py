"""The part `agent` of script/bench: what an agent costs a host with 50 plugins while nothing is offered.

An hour is compressed: the agent is told to do each of its duties every two seconds for a while, its processor time is
read from /proc, and what one round of a duty takes is multiplied by how often an hour has it with the standard
settings: a sixth of a check, one comparison of all files, a 24th of reading them all, and four wakes at most. The
memory is that of the same process. The repository is served by
nginx on loopback."""
import json, os, random, signal, subprocess, sys, time

PLUGINS, SHARED, OWN = 50, 1200, 20
SERVER = '''import json, sys
FIXED = {"initialize": {"result": {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                                   "serverInfo": {"name": "bench", "version": "1"}}},
         "tools/list": {"result": {"tools": [{"name": "small", "inputSchema": {"type": "object"}}]}},
         "ping": {"result": {}}}
for line in sys.stdin:
    request = json.loads(line)
    if "id" in request and "method" in request:
        answer = FIXED.get(request["method"], {"error": {"code": -32601, "message": "unknown"}})
        print(json.dumps({"jsonrpc": "2.0", "id": request["id"], **answer}), flush=True)
'''


def make_plugins(work):
    """Plugins as Python has them: many small files, most of them the same libraries in the same versions."""
    rng = random.Random(7)
    shared = f"{work}/shared"
    for index in range(SHARED):
        folder = f"{shared}/lib/package{index // 40}"
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/file{index}.py", "wb") as file:
            file.write(rng.randbytes(rng.randint(500, 40_000)))
    for number in range(PLUGINS):
        folder = f"{work}/plugin{number}"
        subprocess.run(["cp", "-r", "--reflink=auto", shared, folder], check=True)
        for index in range(OWN):
            with open(f"{folder}/own{index}.py", "wb") as file:
                file.write(rng.randbytes(10_000))
        with open(f"{folder}/server.py", "w") as file:
            file.write(SERVER)
        manifest = {
            "manifest_version": "0.3", "name": f"plugin{number}", "version": "1.0.0", "description": "A plugin.",
            "author": {"name": "Bench"},
            "server": {"type": "python", "entry_point": "server.py",
                       "mcp_config": {"command": "python3", "args": ["-S", "-E", "${__dirname}/server.py"], "env": {}}},
            "_meta": {"io.github.serin": {"plugin": f"io.github.bench/plugin{number}", "permissions": {
                "version": 1, "write": ["@state"], "limits": {"memory": "128MiB", "pids": 16}}}}}
        with open(f"{folder}/manifest.json", "w") as file:
            json.dump(manifest, file)


class Agent:
    """A running agent, and what the kernel says of it."""

    def __init__(self, serin, env, report, *options):
        self.report = report
        self.process = subprocess.Popen([*env.split(), serin, "agent", "run", "--quiet", *options],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def duties(self):
        try:
            with open(self.report) as file:
                found = json.load(file)
        except (OSError, ValueError):
            return 0, 0
        return (found.get("checks", 0), found.get("scans", 0)) if found.get("pid") == self.process.pid else (0, 0)

    def processor(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self, name):
        with open(f"/proc/{self.process.pid}/status") as file:
            return next(int(line.split()[1]) / 1024 for line in file if line.startswith(name))

    def wait(self, which, count):
        """Waits until a duty was done so many times, and returns how often it really was."""
        end = time.monotonic() + 300
        while self.duties()[which] < count:
            if time.monotonic() > end or self.process.poll() is not None:
                raise SystemExit("bench: the agent does not do its duties")
            time.sleep(0.2)
        return self.duties()[which]

    def cost(self, which, rounds):
        """Processor seconds of one round of a duty, after the first rounds."""
        began, first = self.wait(which, 2), self.processor()
        ended = self.wait(which, began + rounds)
        return (self.processor() - first) / (ended - began)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def prepare(serin, work, env, serving):
    """A workspace and a host with all plugins; returns the serving context and the host's environment."""
    make_plugins(work)
    workspace = f"{work}/ws"
    quiet = {"stdout": subprocess.DEVNULL, "check": True, "shell": True}
    subprocess.run(f"{env} {serin} init {workspace} --name bench", **quiet)
    for number in range(PLUGINS):
        subprocess.run(f"{env} {serin} publish {work}/plugin{number} --to canary --workspace {workspace}", **quiet)
    return serving(f"{workspace}/repository"), f"{env} SERIN_HOME={work}/host", f"{workspace}/repository/metadata/1.root.json"


def install(serin, host, url, root):
    quiet = {"stdout": subprocess.DEVNULL, "check": True, "shell": True}
    subprocess.run(f"{host} {serin} trust {url} --root {root} --name bench", **quiet)
    for number in range(PLUGINS):
        command = f"{host} {serin} install plugin{number} --channel canary"
        plan = json.loads(subprocess.check_output(f"{command} --dry-run --json", shell=True).splitlines()[-1])
        subprocess.run(f"{command} --yes --confirm {plan['confirm']}", **quiet)


def bench_agent(serin, work, env, serving, runs):
    context, host, root = prepare(serin, work, env, serving)
    report = f"{work}/host/agent.json"
    with context as url:
        install(serin, host, url, root)
        subprocess.run(f"{host} {serin} agent once --quiet", shell=True, check=True, stdout=subprocess.DEVNULL)
        agent = Agent(serin, host, report, "--every", "2s", "--integrity", "30d")
        check = agent.cost(0, runs)
        agent.stop()
        agent = Agent(serin, host, report, "--every", "30d", "--integrity", "2s")
        scan = agent.cost(1, runs)
        resident, own, peak = agent.memory("VmRSS"), agent.memory("RssAnon"), agent.memory("VmHWM")
        agent.stop()
        full = read_everything(serin, host, work, report)
    hour = check / 6 + scan + full / 24 + 4 * check
    print(f"\nagent, {PLUGINS} plugins of {SHARED + OWN + 2} files, nothing offered")
    print(f"  {'one check of the repository':44} {check * 1000:9.1f} ms of processor time")
    print(f"  {'one comparison of all files with their seals':44} {scan * 1000:9.1f} ms")
    print(f"  {'reading all files once':44} {full * 1000:9.1f} ms")
    print(f"  {'an idle hour (wakes counted as checks)':44} {hour:9.2f} s")
    print(f"  {'resident between two rounds':44} {resident:9.1f} MiB, {own:.1f} of them not the program's file")
    print(f"  {'resident at its highest':44} {peak:9.1f} MiB")
    print("  target: under 2 s of processor time an hour and 40 MiB")
    sys.stdout.flush()


def read_everything(serin, host, work, report):
    """Processor seconds of the first comparison after all seals were lost."""
    subprocess.run(f"find {work}/host/plugins -name '*.seal' -delete", shell=True, check=True)
    agent = Agent(serin, host, report, "--every", "30d", "--integrity", "2s")
    agent.wait(1, 1)
    spent = agent.processor()
    agent.stop()
    return spent
