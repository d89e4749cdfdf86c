"""The part `rollback` of script/bench: a rollback as a process beside `ln -sfn`, and what three snapshots cost on the disk
beside three full copies, with a plugin of 2,000 files of which one in a hundred changes with each release."""
import os, random, re, shutil, subprocess

FILES, RELEASES = 2_000, 4
SERVER = '''import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    answers = {"initialize": {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                              "serverInfo": {"name": "bench", "version": "VERSION"}}, "tools/list": {"tools": []}, "ping": {}}
    answer = answers.get(message["method"])
    body = {"result": answer} if answer is not None else {"error": {"code": -32601, "message": "unknown"}}
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], **body}), flush=True)
'''
MANIFEST = '''{"manifest_version": "0.3", "name": "many", "version": "VERSION", "description": "Many files.",
 "author": {"name": "bench"}, "server": {"type": "python", "entry_point": "server.py",
   "mcp_config": {"command": "python3", "args": ["-S", "-E", "${__dirname}/server.py"]}},
 "_meta": {"io.github.serin": {"plugin": "io.github.bench/many",
   "permissions": {"version": 1, "write": ["@state"], "limits": {"memory": "256MiB", "pids": 8}}}}}'''


def write_release(folder, number):
    """A release: small files, and a hundredth of them with other content than in the release before."""
    for index in range(FILES):
        changes = number if index % 100 == number else 0
        rng = random.Random(index * 1000 + changes)
        path = f"{folder}/lib/p{index % 17}"
        os.makedirs(path, exist_ok=True)
        with open(f"{path}/m{index}.py", "wb") as file:
            file.write(rng.randbytes(2_000) + b"# text\n" * 400)
    for name, text in (("server.py", SERVER), ("manifest.json", MANIFEST)):
        with open(f"{folder}/{name}", "w") as file:
            file.write(text.replace("VERSION", f"1.{number}.0"))


def used(*folders):
    """Bytes on the disk, each inode once."""
    out = subprocess.run(["du", "-s", "-B1", "-c", *folders], check=True, text=True, stdout=subprocess.PIPE).stdout
    return int(out.splitlines()[-1].split()[0])


def bench_rollback(serin, work, env, serving, pair, runs):
    def must(command):
        return subprocess.run(f"{env} SERIN_HOME={work}/host-many {serin} {command}", shell=True, check=True, text=True,
                              stdout=subprocess.PIPE).stdout

    workspace = f"{work}/ws-many"
    must(f"init {workspace} --name many --soak 1s")
    with serving(f"{workspace}/repository") as url:
        for number in range(RELEASES):
            write_release(f"{work}/many-{number}", number)
            must(f"publish {work}/many-{number} --to canary --workspace {workspace}")
            if number == 0:
                must(f"trust {url} --root {workspace}/repository/metadata/1.root.json --name many")
                digest = re.search(r'"confirm": *"([0-9a-f]{6})"',
                                   must("install many --channel canary --dry-run --json")).group(1)
                must(f"install many --channel canary --yes --confirm {digest}")
            else:
                must("update many --soak 1s")
    home = f"{work}/host-many"
    pair(f"roll back: a tree of {FILES:,} files", f"{env} SERIN_HOME={home} {serin} rollback many >/dev/null",
         [("ln -sfn", f"ln -sfn {work}/many-0 {work}/link")], "under 100 ms", runs=runs)
    copies = f"{work}/copies"
    os.mkdir(copies)
    for number in range(RELEASES):
        shutil.copytree(f"{work}/many-{number}", f"{copies}/{number}")
    three = used(*(f"{copies}/{number}" for number in range(RELEASES - 1)))
    ours = used(home) - used(f"{copies}/{RELEASES - 1}")
    print(f"\nthe disk for three snapshots beside what runs: serin {ours:,} bytes, three full copies {three:,}, "
          f"{ours / three:.2f} times")
