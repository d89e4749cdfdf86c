"""The part `tuf` of script/bench: tuf-client, python-tuf's client and curl on the same repositories over loopback."""
import os, shutil, subprocess

HERE = os.path.dirname(os.path.abspath(__file__))


def bench_tuf(client, work, python, serve, pair, counts, kinds, runs):
    """Measures every repository that `kinds` and `counts` name; `serve` starts a web server and `pair` prints a table."""
    for kind in kinds:
        for count in counts:
            folder = f"{work}/tuf/{kind}-{count}"
            subprocess.run([python, f"{HERE}/repository.py", folder, kind, str(count)], check=True)
            with serve(folder) as url:
                Case(client, python, folder, url, f"{count:,} {TITLES[kind]}").run(pair, runs)
            shutil.rmtree(folder)


CHANGED = "one target changed, and fetched"
TITLES = {"targets": "targets in one role", "bins": "targets in 256 hash bins", "roles": "delegated roles"}


class Case:
    def __init__(self, client, python, folder, url, title):
        self.client, self.python, self.folder, self.url, self.title = client, python, folder, url, title
        with open(f"{folder}/target") as file:
            self.target = file.read()
        self.root = f"{folder}/1/metadata/1.root.json"
        for state in (1, 2):
            self.fresh()
            subprocess.run(self.ours(state), shell=True, check=True)
            subprocess.run(self.theirs(state), shell=True, check=True)
            for name in ("ours", "theirs"):
                shutil.copytree(f"{folder}/{name}", f"{folder}/{name}-{state}")

    def ours(self, state, download=False):
        target = (f" --target-name {self.target} --target-base-url {self.url}/{state}/targets "
                  f"--target-dir {self.folder}/got-ours download" if download else " refresh")
        return f"{self.client} --metadata-dir {self.folder}/ours --metadata-url {self.url}/{state}/metadata{target}"

    def theirs(self, state, download=False):
        target = f" {self.target} {self.folder}/got-theirs" if download else ""
        return f"{self.python} {HERE}/client.py {self.folder}/theirs {self.url}/{state} {self.root}{target}"

    def curl(self, state, names):
        return "curl -s" + "".join(f" -o /dev/null {self.url}/{state}/{name}" for name in names)

    def empty(self):
        for name in ("ours", "theirs", "got-ours", "got-theirs"):
            shutil.rmtree(f"{self.folder}/{name}", ignore_errors=True)

    def fresh(self):
        self.empty()
        for name in ("theirs", "got-theirs"):
            os.mkdir(f"{self.folder}/{name}")
        subprocess.run(f"{self.client} --metadata-dir {self.folder}/ours init {self.root}", shell=True, check=True)

    def at(self, state):
        """Puts both clients into a state that they have refreshed to before."""
        self.empty()
        os.mkdir(f"{self.folder}/got-theirs")
        for name in ("ours", "theirs"):
            shutil.copytree(f"{self.folder}/{name}-{state}", f"{self.folder}/{name}")

    def changed_files(self):
        """What a client in state 1 needs of state 2, in the order in which it asks."""
        new = {name for name in os.listdir(f"{self.folder}/2/metadata") if name.startswith("2.")} - {"2.snapshot.json"}
        files = ["2.root.json", "timestamp.json", "2.snapshot.json", *sorted(new)]
        if "2.targets.json" not in new:
            roles = [name[2:] for name in new]
            assert len(roles) == 1, roles
        path, last = os.path.split(self.target)
        found = next(name for name in os.listdir(f"{self.folder}/2/targets/{path}") if name.endswith(last))
        return [f"metadata/{name}" for name in files] + [f"targets/{path}/{found}"]

    def run(self, pair, runs, only=None, target="at most 0.2 times python-tuf and 2 times curl, under 48 MiB"):
        def size(state, names):
            paths = (f"{self.folder}/{state}/{name}" for name in names)
            return sum(os.path.getsize(path) for path in paths if os.path.exists(path))

        first = [f"metadata/{name}" for name in ("2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json")]
        steps = [
            ("first refresh", 1, first, self.fresh, False),
            ("nothing new", 2, ["metadata/2.root.json", "metadata/timestamp.json"], lambda: self.at(2), False),
            (CHANGED, 2, self.changed_files(), lambda: self.at(1), True),
        ]
        for step, state, names, before, download in steps:
            if only not in (None, step):
                continue
            pair(f"{self.title}: {step} ({len(names)} requests, {size(state, names):,} bytes)",
                 f"exec {self.ours(state, download)}",
                 [("python-tuf", f"exec {self.theirs(state, download)}"), ("curl, the same files", f"exec {self.curl(state, names)}")],
                 target, before=before, runs=runs)
