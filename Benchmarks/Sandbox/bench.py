"""The part `sandbox` of script/bench: what a sandbox costs at the start, beside a bare `runc run` and a bare `bwrap` over the
same root, and the first answer of mcp-server-time through `serin run` beside its first answer without anything."""
import json, os, re, shutil, signal, statistics, subprocess, sys, time

VERSION = "2026.10.19"
# Leaves at once when nobody asks anything, so that only the start is measured.
SERVER = r'''while IFS= read -r line; do
  id="${line#*\"id\":}"; id="${id%%[,\}]*}"
  case "$line" in
    *'"id"'*'"initialize"'*|*'"initialize"'*'"id"'*) answer='"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"bench","version":"1.0.0"}}' ;;
    *'"tools/list"'*) answer='"result":{"tools":[]}' ;;
    *'"ping"'*) answer='"result":{}' ;;
    *'"id"'*) answer='"error":{"code":-32601,"message":"unknown"}' ;;
    *) continue ;;
  esac
  printf '{"jsonrpc":"2.0","id":%s,%s}\n' "$id" "$answer"
done
'''
INITIALIZE = (b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18",'
              b'"capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}\n')


def manifest(name, version, server):
    return json.dumps({
        "manifest_version": "0.3", "name": name, "version": version, "description": "For measuring.",
        "author": {"name": "bench"}, "server": server,
        "_meta": {"io.github.serin": {"plugin": f"io.github.bench/{name}", "permissions": {
            "version": 1, "write": ["@state"], "limits": {"memory": "512MiB", "pids": 32}}}}})


def write_plugins(work):
    """A plugin of one shell script, and mcp-server-time with all that it needs."""
    start, timing = f"{work}/start-plugin", f"{work}/time-plugin"
    os.makedirs(start)
    with open(f"{start}/server.sh", "w") as file:
        file.write(SERVER)
    with open(f"{start}/manifest.json", "w") as file:
        file.write(manifest("start", "1.0.0", {"type": "binary", "entry_point": "server.sh", "mcp_config": {
            "command": "/bin/sh", "args": ["${__dirname}/server.sh"]}}))
    subprocess.run(["/usr/bin/python3", "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                    "--root-user-action=ignore", "--target", f"{timing}/lib", f"mcp-server-time=={VERSION}"], check=True)
    with open(f"{timing}/manifest.json", "w") as file:
        file.write(manifest("time", VERSION, {
            "type": "python", "entry_point": "lib/mcp_server_time/__main__.py", "mcp_config": {
                "command": "/usr/bin/python3", "args": ["-m", "mcp_server_time", "--local-timezone", "Etc/UTC"],
                "env": {"PYTHONPATH": "${__dirname}/lib", "PYTHONDONTWRITEBYTECODE": "1"}}}))
    return {"start": start, "time": timing}


def install(serin, work, env, serving, plugins):
    """A host with the plugins on it; the words before `serin` that mean this host."""
    host = f"{env} SERIN_HOME={work}/host-sandbox"

    def must(command):
        return subprocess.run(f"{host} {serin} {command}", shell=True, check=True, text=True,
                              stdout=subprocess.PIPE).stdout

    workspace = f"{work}/ws-sandbox"
    must(f"init {workspace} --name sandbox --soak 1s")
    for folder in plugins.values():
        must(f"publish {folder} --to canary --workspace {workspace}")
    with serving(f"{workspace}/repository") as url:
        must(f"trust {url} --root {workspace}/repository/metadata/1.root.json --name sandbox")
        for name in plugins:
            digest = re.search(r'"confirm": *"([0-9a-f]{6})"',
                               must(f"install {name} --channel canary --dry-run --json")).group(1)
            must(f"install {name} --channel canary --yes --confirm {digest}")
    return host


def words(host, *command):
    """A command with its variables as a list, without a shell in between."""
    return [*host.split(), *command]


def copy_container(serin, work, host, name="start"):
    """What Serin gives to runc, as a folder of our own: the same root, mounts, limits and filter."""
    running = f"{work}/host-sandbox/sandboxes/running"
    plugin = subprocess.Popen(words(host, serin, "run", name), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    plugin.stdin.write(INITIALIZE)
    plugin.stdin.flush()
    plugin.stdout.readline()
    container = next(name for name in os.listdir(running) if name.startswith("serin-"))
    bare = f"{work}/bare-container"
    os.makedirs(bare)
    shutil.copy(f"{running}/{container}/config.json", bare)
    shutil.copytree(f"{running}/{container}/rootfs", f"{bare}/rootfs", symlinks=True)
    plugin.stdin.close()
    plugin.wait()
    return bare


def bwrap(bare):
    """The same root and mounts for bubblewrap: every namespace, and neither filter nor cgroup."""
    with open(f"{bare}/config.json") as file:
        configuration = json.load(file)
    command = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv",
               "--uid", "1000", "--gid", "1000", "--bind", f"{bare}/rootfs", "/", "--proc", "/proc", "--dev", "/dev"]
    for mount in configuration["mounts"]:
        if mount["type"] == "bind":
            command += ["--ro-bind" if "ro" in mount["options"] else "--bind", mount["source"], mount["destination"]]
    for variable in configuration["process"]["env"]:
        command += ["--setenv", *variable.split("=", 1)]
    return command + ["--chdir", "/plugin", *configuration["process"]["args"]]


def until_end(command):
    """Seconds until a command has ended that is asked nothing."""
    began = time.perf_counter()
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def first_answer(command, folder=None, variables=None):
    """Seconds until the first line of an answer."""
    began = time.perf_counter()
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              cwd=folder, env={**os.environ, **(variables or {})})
    server.stdin.write(INITIALIZE)
    server.stdin.flush()
    line = server.stdout.readline()
    seconds = time.perf_counter() - began
    server.stdin.close()
    server.wait()
    if b'"result"' not in line:
        raise SystemExit(f"bench: no answer from {command[:6]}: {line[:200]}")
    return seconds


def compare(title, target, contenders, runs):
    """Contenders in turn, the first against each other one: medians, and the median of the ratios pair by pair."""
    rows = {name: [] for name, _ in contenders}
    for turn in range(runs + 2):
        for name, measure in contenders:
            seconds = measure()
            if turn > 1:
                rows[name].append(seconds)
    first = contenders[0][0]
    print(f"\n{title}")
    print(f"  {'':44} {'median ms':>10} {'best ms':>9} {'ratio':>7}")
    for name, _ in contenders:
        ratio = statistics.median(a / b for a, b in zip(rows[first], rows[name]))
        shown = "" if name == first else f"{ratio:7.2f}"
        print(f"  {name:44} {statistics.median(rows[name]) * 1000:10.1f} {min(rows[name]) * 1000:9.1f} {shown}")
    print(f"  target: {target}")
    sys.stdout.flush()


def bench_sandbox(serin, work, env, serving, runs):
    plugins = write_plugins(work)
    host = install(serin, work, env, serving, plugins)
    bare = copy_container(serin, work, host)
    ours = words(host, serin, "run", "start")
    runc = ["runc", "--root", f"{work}/bare-runc", "run", "--bundle", bare, "bare-container"]
    contenders = [("serin run", lambda: until_end(ours)), ("runc run, the same configuration", lambda: until_end(runc))]
    if shutil.which("bwrap"):
        wrapped = bwrap(bare)
        contenders.append(("bwrap, the same mounts", lambda: until_end(wrapped)))
    else:
        print("  bwrap is not installed and left out: apt-get install bubblewrap")
    compare("start of a sandbox, until a plugin of one shell script has ended", "at most 1.3 times runc", contenders, runs)

    # The installed tree: whether there is bytecode must be the same for both.
    folder = os.path.realpath(f"{work}/host-sandbox/plugins/io.github.bench/time/current")
    variables = {"PYTHONPATH": f"{folder}/lib", "PYTHONDONTWRITEBYTECODE": "1"}
    inside = words(host, serin, "run", "time")
    outside = ["/usr/bin/python3", "-m", "mcp_server_time", "--local-timezone", "Etc/UTC"]
    compare("first answer of mcp-server-time", "at most 1.1 times",
            [("serin run", lambda: first_answer(inside)),
             ("bare", lambda: first_answer(outside, folder, variables))], max(runs // 2, 5))
