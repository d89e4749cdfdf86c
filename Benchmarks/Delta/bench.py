"""The part `delta` of script/bench: bytes, publisher and host of a delta beside zstd --patch-from, bsdiff, casync, zchunk,
rsync and ostree, on real releases from PyPI, on a generated tree and on one large file.

PAIRS="time-1 tree" chooses among time-1 time-2 git-1 git-2 fetch-1 fetch-2 tree big.
"""
import os, random, re, shutil, statistics, subprocess

# Three adjacent releases of each, with the dependencies that pip would have chosen shortly after each came out.
RELEASES = {
    "time": [("2026.8.18", "2026-08-19"), ("2026.10.10", "2026-10-13"), ("2026.10.19", "2026-10-20")],
    "git": [("2026.8.18", "2026-08-19"), ("2026.10.10", "2026-10-13"), ("2026.10.19", "2026-10-20")],
    "fetch": [("2026.10.10", "2026-10-13"), ("2026.10.19", "2026-10-20"), ("2026.10.24", "2026-10-27")],
}
# Debian's packages of the peers; script/bootstrap does not ask for them.
PACKAGES = {"zstd": "zstd", "bsdiff": "bsdiff", "casync": "casync", "zck": "zchunk", "rsync": "rsync", "ostree": "ostree"}
MANIFEST = ('{"manifest_version":"0.3","name":"%s","version":"%s","description":"A server.","author":{"name":"bench"},'
            '"server":{"type":"python","entry_point":"main.py","mcp_config":{"command":"python3","args":["main.py"]}},'
            '"_meta":{"io.github.serin":{"plugin":"io.github.bench/%s"}}}')


def sh(command):
    subprocess.run(command, shell=True, check=True)


def out(command):
    return subprocess.run(command, shell=True, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout


def size(*paths):
    return sum(os.path.getsize(path) for path in paths)


def stored(folder):
    return {os.path.join(place, name) for place, _, names in os.walk(folder) for name in names}


class Side:
    """A release: its folder, the tar of it, and its signed bundle."""

    def __init__(self, work, name, version, folder, serin, env):
        self.folder, self.tar = folder, f"{work}/{name}-{version}.tar"
        with open(f"{folder}/manifest.json", "w") as file:
            file.write(MANIFEST % (name, version, name))
        sh(f"tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C {folder} -cf {self.tar} .")
        packed = f"{work}/bundle-{name}-{version}"
        sh(f"{env} {serin} pack {folder} --key bench --output {packed} >/dev/null")
        self.bundle = next(f"{packed}/{entry}" for entry in os.listdir(packed) if entry.endswith(".tar.zst"))


class Case:
    """One pair of releases; each contender makes its delta once, and the hosts take turns."""

    def __init__(self, title, old, new, work, tool, key, run):
        self.title, self.old, self.new, self.tool, self.key, self.run = title, old, new, tool, key, run
        self.work = f"{work}/case"
        sh(f"chmod -R u+w {self.work} 2>/dev/null; rm -rf {self.work}; mkdir {self.work}")

    def contenders(self):
        """Name, what the publisher runs, how many bytes travel then, how a host is made, and what it runs."""
        old, new, w = self.old, self.new, self.work
        untar = f"mkdir -p {w}/place/x && tar -xf {w}/place/new.tar -C {w}/place/x && sync -f {w}/place/x"
        yield ("serin", f"{self.tool} make {old.bundle} {old.folder} {new.bundle} {new.folder} {self.key} {w}/delta >{w}/made",
               lambda: size(f"{w}/delta"), f"{self.tool} install {old.bundle} {self.key} {w}/host-serin",
               f"{self.tool} apply {w}/delta $(cut -d' ' -f2 {w}/made) {self.key} {w}/place/host")
        yield ("zstd -19 --patch-from", f"zstd -q -f -19 --long=31 --patch-from={old.tar} {new.tar} -o {w}/z",
               lambda: size(f"{w}/z"), "true",
               f"zstd -q -d -f --long=31 --patch-from={old.tar} {w}/z -o {w}/place/new.tar && {untar}")
        if size(new.tar) < 100 << 20:
            yield ("bsdiff", f"bsdiff {old.tar} {new.tar} {w}/bs", lambda: size(f"{w}/bs"), "true",
                   f"bspatch {old.tar} {w}/place/new.tar {w}/bs && {untar}")
        else:
            print(f"  bsdiff is left out: it would need {17 * size(new.tar) >> 30} GiB of memory")
        if shutil.which("casync"):
            sh(f"casync make --store={w}/old.castr {w}/old.caibx {old.tar} >/dev/null && cp -a {w}/old.castr {w}/new.castr")
        yield ("casync", f"casync make --store={w}/new.castr {w}/new.caibx {new.tar}",
               lambda: size(f"{w}/new.caibx", *self.new_chunks()), "true",
               f"casync extract --store={w}/new.castr --seed={old.tar} {w}/new.caibx {w}/place/new.tar && {untar}")
        if shutil.which("zck"):
            sh(f"cd {w} && zck {old.tar} -o old.zck")
        yield ("zchunk", f"cd {w} && zck {new.tar} -o new.zck",
               lambda: int(re.search(r"download (\d+)", out(f"zck_delta_size {w}/old.zck {w}/new.zck")).group(1)), "true",
               f"cd {w}/place && unzck -c {w}/new.zck >new.tar && {untar}")
        yield ("rsync -z", "true", self.rsync_bytes, f"cp -a {old.folder} {w}/host-rsync",
               f"rsync -az --delete --no-whole-file {new.folder}/ {w}/place/host/ && sync -f {w}/place")
        repo = f"ostree --repo={w}/pub"
        commit = "commit --timestamp=1970-01-01 --owner-uid=0 --owner-gid=0 --no-xattrs"
        if shutil.which("ostree"):
            sh(f"{repo} init --mode=archive && {repo} {commit} -b old --tree=dir={old.folder} >/dev/null")
            sh(f"{repo} {commit} -b new --tree=dir={new.folder} >/dev/null")
        yield ("ostree static delta", f"{repo} static-delta generate --inline --filename={w}/od --from=old --to=new",
               lambda: size(f"{w}/od"),
               f"ostree --repo={w}/host-ostree init --mode=bare-user && ostree --repo={w}/host-ostree pull-local {w}/pub old",
               f"ostree --repo={w}/place/host static-delta apply-offline {w}/od && "
               f"ostree --repo={w}/place/host checkout -U -H $({repo} rev-parse new) {w}/place/x && sync -f {w}/place")

    def new_chunks(self):
        old, new = (f"{self.work}/{side}.castr" for side in ("old", "new"))
        there = {path[len(old):] for path in stored(old)}
        return [path for path in stored(new) if path[len(new):] not in there]

    def rsync_bytes(self):
        text = out(f"rm -rf {self.work}/rs && cp -a {self.old.folder} {self.work}/rs && "
                   f"rsync -az --delete --no-whole-file --stats {self.new.folder}/ {self.work}/rs/")
        return sum(int(number.replace(",", "")) for number in re.findall(r"Total bytes (?:sent|received): ([\d,]+)", text))

    def fresh(self, host):
        """The host as it was before, as a copy; hard links stay hard links."""
        place = f"{self.work}/place"
        sh(f"chmod -R u+w {place} 2>/dev/null; rm -rf {place}; mkdir {place}")
        if os.path.exists(host):
            sh(f"cp -a {host} {place}/host")
        os.sync()

    def measure(self, runs):
        rows, ready = {}, []
        print(f"\n{self.title}: {size(self.new.tar):,} bytes of tar, {size(self.new.bundle):,} of bundle")
        for name, publish, length, prepare, apply in self.contenders():
            word = apply.split()[0] if name not in ("serin", "zchunk") else {"serin": "sh", "zchunk": "zck"}[name]
            word = {"bspatch": "bsdiff"}.get(word, word)
            if not shutil.which(word):
                print(f"  {name} is not here: apt-get install {PACKAGES[word]}")
                continue
            made = self.run(f"{publish} 2>/dev/null")
            sh(f"{prepare} >/dev/null 2>&1")
            rows[name] = (length(), made, [])
            ready.append((name, apply, f"{self.work}/host-{name.split()[0]}"))
        for turn in range(runs + 1):
            for name, apply, host in ready:
                row = self.run(f"({apply}) >/dev/null 2>&1", before=lambda: self.fresh(host))
                if turn > 0:
                    rows[name][2].append(row)
        self.show({name: (length, made, [statistics.median(column) for column in zip(*hosts)])
                   for name, (length, made, hosts) in rows.items()})

    def show(self, rows):
        print(f"  {'':22} {'bytes':>11} | publisher: {'wall s':>8} {'cpu s':>8} {'MiB':>6} | host: {'wall ms':>9} {'cpu ms':>8} {'MiB':>6}")
        for name, (length, made, host) in rows.items():
            print(f"  {name:22} {length:11,} | {'':10} {made[0]:8.2f} {made[1]:8.2f} {made[2]:6.0f} | {'':5} "
                  f"{host[0] * 1000:9.0f} {host[1] * 1000:8.0f} {host[2]:6.1f}")
        ours = rows["serin"]
        if peer := rows.get("zstd -19 --patch-from"):
            print(f"  of zstd --patch-from: {ours[0] / peer[0]:.3f} of the bytes (at most 1.05), {ours[1][0] / peer[1][0]:.2f} of the "
                  f"publisher's wall time (0.6), {ours[1][1] / peer[1][1]:.2f} of its processor time (0.25 where few files changed)")
        if peer := rows.get("ostree static delta"):
            print(f"  of ostree's delta and checkout: {ours[2][0] / peer[2][0]:.2f} of the host's wall time (at most 0.5)")
        print(f"  host's peak: {ours[2][2]:.1f} MiB (under 64)", flush=True)


def release(work, name, version, until):
    """A server with everything it needs in one folder, kept in the user's cache."""
    cache = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "serin-tests", f"delta-{name}-{version}")
    if not os.path.exists(cache):
        if not os.path.exists(f"{work}/pip"):
            sh(f"python3 -m venv {work}/pip && {work}/pip/bin/pip install -q --disable-pip-version-check 'pip>=26' 1>&2")
        sh(f"rm -rf {cache}.part && {work}/pip/bin/pip install -q --disable-pip-version-check --root-user-action=ignore --no-compile "
           f"--only-binary :all: --uploaded-prior-to {until} --target {cache}.part mcp-server-{name}=={version} 1>&2")
        os.rename(f"{cache}.part", cache)
    folder = f"{work}/release-{name}-{version}"
    if not os.path.exists(folder):
        os.mkdir(folder)
        sh(f"cp -r {cache} {folder}/lib")
        open(f"{folder}/main.py", "w").close()
    return folder


def changed_tree(folder, new):
    """The generated tree with 1 % of its files changed, and a few that came and went."""
    sh(f"cp -a {folder} {new}")
    rng = random.Random(11)
    paths = sorted(stored(f"{new}/lib"))
    for path in paths[::100]:
        with open(path, "rb") as file:
            lines = file.read().split(b"\n")
        for _ in range(max(1, len(lines) // 50)):
            lines[rng.randrange(len(lines))] = b"changed %d" % rng.randrange(1 << 30)
        with open(path, "wb") as file:
            file.write(b"\n".join(lines))
    for path in paths[50::2000]:
        os.rename(path, path + ".moved")


def changed_file(folder, new):
    """The large file with 20 stretches of 256 KiB written anew and something put in the middle.

    In pieces: what this process holds would count as the peak memory of the commands that it starts."""
    os.mkdir(new)
    rng = random.Random(12)
    size = os.path.getsize(f"{folder}/weights.bin")
    stretches = [(rng.randrange(size - (1 << 18)), rng.randbytes(1 << 18)) for _ in range(20)]
    between = rng.randbytes((1 << 20) + 13)
    with open(f"{folder}/weights.bin", "rb") as old, open(f"{new}/weights.bin", "wb") as file:
        for start in range(0, size // 2, 1 << 20):
            file.write(old.read(min(1 << 20, size // 2 - start)))
        file.write(between)
        shutil.copyfileobj(old, file)
        for place, content in stretches:
            file.seek(place if place < size // 2 else place + len(between))
            file.write(content)


def bench_delta(serin, tool, work, env, run, runs, make_tree, make_big):
    """Measures the pairs that PAIRS names; the functions at the end make the generated trees' first releases."""
    key = f"{work}/config/serin/keys/bench.pub"
    wanted = os.environ.get("PAIRS", "time-1 time-2 git-1 git-2 fetch-1 fetch-2 tree big").split()

    def case(title, name, one, other):
        sides = [Side(work, name, version, folder, serin, env) for version, folder in (one, other)]
        Case(title, *sides, work, tool, key, run).measure(runs)
        sh(f"chmod -R u+w {work}/case; rm -rf {work}/case {work}/bundle-{name}-* {work}/{name}-*.tar")

    for name, releases in RELEASES.items():
        for number, pair in enumerate(zip(releases, releases[1:]), 1):
            if f"{name}-{number}" in wanted:
                one, other = ((version, release(work, name, version, until)) for version, until in pair)
                case(f"delta mcp-server-{name} {one[0]} to {other[0]}", name, one, other)
    for name, title, make, change in (("tree", "20,000 small files, 1 % changed", make_tree, changed_tree),
                                      ("big", "one file of 500 MiB, part changed", make_big, changed_file)):
        if name in wanted:
            one, other = f"{work}/delta-{name}-1", f"{work}/delta-{name}-2"
            os.mkdir(one)
            make(one)
            change(one, other)
            for folder in (one, other):
                open(f"{folder}/main.py", "w").close()
            case(f"delta {title}", name, ("1.0.0", one), ("2.0.0", other))
            sh(f"rm -rf {one} {other}")
