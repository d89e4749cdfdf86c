"""A publisher, a web server and hosts in every state from which a verb can start, made once and copied."""

import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import threading
import time

from host_parts import state_digest

PLUGIN = "io.github.acme/counter"

SERVER = '''import json, sys
TOOL = {"name": "count", "description": "Counts.", "inputSchema": {"type": "object", "properties": {}}}
for line in sys.stdin:
    request = json.loads(line)
    if "id" not in request:
        continue
    reply = {"jsonrpc": "2.0", "id": request["id"]}
    if request["method"] == "initialize":
        reply["result"] = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                           "serverInfo": {"name": "counter", "version": "VERSION"}}
    elif request["method"] == "tools/list":
        reply["result"] = {"tools": [TOOL]}
    elif request["method"] == "ping":
        reply["result"] = {}
    else:
        reply["error"] = {"code": -32601, "message": "unknown method"}
    print(json.dumps(reply), flush=True)
'''

MANIFEST = {
    "manifest_version": "0.3", "name": "counter", "description": "Counts.", "author": {"name": "Acme"},
    "server": {"type": "python", "entry_point": "server.py", "mcp_config": {
        "command": "python3", "args": ["-S", "-E", "${__dirname}/server.py"], "env": {"PYTHONDONTWRITEBYTECODE": "1"}}},
    "_meta": {"io.github.serin": {"plugin": PLUGIN, "permissions": {
        "version": 1, "write": ["@state"], "limits": {"memory": "128MiB", "pids": 8, "call": "2s"}}}},
}


class Trouble(Exception):
    """Why the suite cannot go on."""


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Static files, which is all that a repository needs."""

    def log_message(self, *_):
        pass


class World:
    """Everything below one folder; the templates are folders of hosts."""

    def __init__(self, folder, serin, inject):
        self.folder = os.path.realpath(folder)
        self.serin = serin
        self.inject = inject
        self.workspace = os.path.join(self.folder, "workspace")
        self.server = None
        self.url = None

    def environment(self, host):
        values = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8",
                  "NO_COLOR": "1", "SERIN_PASSPHRASE_FILE": os.path.join(self.folder, "passphrase"),
                  "SERIN_HOME": host, "SWIFT_BACKTRACE": "enable=no"}
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
            values[name] = os.path.join(self.folder, name.lower())
        return values

    def run(self, host, *arguments, injecting=None, timeout=120):
        """Runs the program; `injecting` is (fault, call, report)."""
        command = [self.serin, *arguments]
        if injecting is not None:
            fault, call, report = injecting
            command = [self.inject, host, report, str(fault), str(call), *command]
        return subprocess.run(command, env=self.environment(host), cwd=self.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=timeout, check=False)

    def must(self, host, *arguments):
        result = self.run(host, *arguments)
        if result.returncode != 0:
            raise Trouble("serin %s ended with %d: %s" % (" ".join(arguments), result.returncode,
                                                          result.stderr.decode(errors="replace")))
        return result

    # Making

    def make(self):
        """The publisher and the templates, unless an earlier run made them."""
        if not os.path.exists(os.path.join(self.folder, "made")):
            shutil.rmtree(self.folder, ignore_errors=True)
            for name in ("home", "hosts"):
                os.makedirs(os.path.join(self.folder, name))
            with open(os.path.join(self.folder, "passphrase"), "w", encoding="utf-8") as file:
                os.chmod(file.fileno(), 0o600)
                file.write("correct horse battery staple\n")
            self.must(self.template("none"), "init", self.workspace, "--name", "acme", "--soak", "1s")
            self.publish("1.0.0")
            self.serve()
            self.make_hosts()
            with open(os.path.join(self.folder, "made"), "w", encoding="utf-8") as file:
                file.write(self.url)
        else:
            self.serve()
            self.move_templates()

    def publish(self, version):
        folder = os.path.join(self.folder, "releases", version)
        os.makedirs(folder)
        with open(os.path.join(folder, "manifest.json"), "w", encoding="utf-8") as file:
            json.dump(dict(MANIFEST, version=version), file)
        with open(os.path.join(folder, "server.py"), "w", encoding="utf-8") as file:
            file.write(SERVER.replace("VERSION", version))
        for name in ("common", "twin"):
            with open(os.path.join(folder, name + ".txt"), "w", encoding="utf-8") as file:
                file.write("shared by all releases\n" * 40)
        self.must(self.template("none"), "publish", folder, "--to", "canary", "--workspace", self.workspace)

    def serve(self):
        handler = functools.partial(QuietHandler, directory=os.path.join(self.workspace, "repository"))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = "http://127.0.0.1:%d" % self.server.server_port

    def make_hosts(self):
        fresh = self.template("fresh")
        root = os.path.join(self.workspace, "repository", "metadata", "1.root.json")
        self.must(fresh, "trust", self.url, "--root", root, "--name", "acme")
        installed = self.copy(fresh, self.template("installed"))
        self.must(installed, *self.install_arguments(installed))
        write_state(installed, "one")
        self.publish("1.1.0")
        waiting = self.copy(installed, self.template("waiting"))
        soaked = self.copy(waiting, self.template("soaked"))
        self.cut_before(soaked, "journal", "update", "counter", "--soak", "1s")
        updated = self.copy(soaked, self.template("updated"))
        self.must(updated, "update", "counter", "--soak", "1s")
        write_state(updated, "two")
        littered = self.copy(updated, self.template("littered"))
        self.litter(littered)

    def litter(self, host):
        """What dies in a host over time: an unprotected tree, half-made things, an object without a tree."""
        home = os.path.join(host, "plugins", PLUGIN)
        shutil.rmtree(os.path.join(home, "snapshots"))
        os.mkdir(os.path.join(home, "snapshots"), 0o700)
        for mark in ("last-known-good", "candidate", "baseline"):
            if os.path.lexists(os.path.join(home, mark)):
                os.remove(os.path.join(home, mark))
        for name in ("snapshots/7.partial/state", "trees/%s.partial/lib" % ("0" * 64), "state.next"):
            os.makedirs(os.path.join(home, name))
        with open(os.path.join(host, "downloads", "1" * 64 + ".part"), "w", encoding="utf-8") as file:
            file.write("half a download")
        age(host)

    def cut_before(self, host, name, *arguments):
        """Runs a command and kills it right before it touches a file of this name for the first time."""
        report = os.path.join(self.folder, "report")
        result = self.run(host, *arguments, injecting=("kill-before", "@/" + name, report))
        if result.returncode != 137 or not read_report(report)[1].endswith("/" + name):
            raise Trouble("the preparation did not stop at %s: %s" % (name, read_report(report)[1]))

    def install_arguments(self, host):
        plan = self.must(host, "install", "counter", "--channel", "canary", "--dry-run", "--json")
        confirm = json.loads(plan.stdout.decode().splitlines()[-1])["confirm"]
        return ["install", "counter", "--channel", "canary", "--yes", "--confirm", confirm]

    def install_command(self):
        """Asked of a copy, so that the host of a case has not even fetched the bundle."""
        return self.install_arguments(self.copy(self.template("fresh"), os.path.join(self.folder, "asked")))

    # Hosts

    def template(self, name):
        return os.path.join(self.folder, "hosts", name)

    def copy(self, host, to):
        if os.path.exists(to):
            shutil.rmtree(to)
        subprocess.run(["cp", "-a", "--reflink=auto", host, to], check=True)
        return to

    def move_templates(self):
        """A resumed run serves at another port."""
        for name in os.listdir(os.path.join(self.folder, "hosts")):
            path = os.path.join(self.template(name), "repositories", "acme", "repository.json")
            if os.path.exists(path):
                with open(path, encoding="utf-8") as file:
                    text = re.sub(r"http://127\.0\.0\.1:[0-9]+", self.url, file.read())
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)

    def keys(self):
        found = []
        for folder, _, names in os.walk(os.path.join(self.workspace, "keys")):
            for name in names:
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    found += re.findall(r"\bRW[A-Za-z0-9+/=]{54}", file.read())
        return found


def age(host):
    """Makes what may be a process's work in progress three days old; younger things are left alone by `serin prune`."""
    then = time.time() - 3 * 86400
    for name in ("downloads", "repositories", "sandboxes", "canary", "trash", "quarantine"):
        for folder, _, files in os.walk(os.path.join(host, name)):
            for path in [folder] + [os.path.join(folder, file) for file in files]:
                os.utime(path, (then, then), follow_symlinks=False)


def home_of(host):
    return os.path.join(host, "plugins", PLUGIN)


def current_tree(host):
    link = os.path.join(home_of(host), "current")
    return os.readlink(link)[6:] if os.path.islink(link) else None


def write_state(host, text):
    folder = os.path.join(home_of(host), "state", "deep")
    os.makedirs(folder, exist_ok=True)
    for name in ("counter", "deep/log"):
        with open(os.path.join(home_of(host), "state", name), "w", encoding="utf-8") as file:
            file.write(text + "\n")


def state_of(host):
    return state_digest(os.path.join(home_of(host), "state"))


def read_report(path):
    """The calls as (name, path), and the last line."""
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()
    calls = [tuple(line.split(" ", 2)[1:]) for line in lines if line[:1].isdigit()]
    return calls, lines[-1] if lines else ""
