"""Runs every comparison and prints it as Markdown. Ratios are taken inside a round and given as median [quartiles]."""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import documents
import load
import mcp
from servers import Server, free_port, nginx

LOAD_CORE, TEST_CORE, BOTH_CORES = 0, 1, "0,1"
TARGET = Path("target/release")


def quartiles(values):
    if len(values) < 2:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return middle, low, high


def shown(values, digits=2):
    middle, low, high = quartiles(values)
    return f"{middle:.{digits}f} [{low:.{digits}f}..{high:.{digits}f}]"


def compare(title, servers, path, connections, options, script=None):
    """Interleaved rounds; the first server is what the others are measured against. `script` may depend on the server."""
    rounds = {server.name: [] for server in servers}
    for server in servers:
        load.run(server, path, connections, 1, LOAD_CORE, script and script(server))
    for _ in range(options.rounds):
        for server in servers:
            rounds[server.name].append(
                load.run(server, path, connections, options.seconds, LOAD_CORE, script and script(server))
            )
    base = rounds[servers[0].name]
    print(f"\n**{title}**, {connections} connections\n")
    print("| | req/s | throughput | p50 ms | p99 ms | CPU µs/request | per core |")
    print("|---|---|---|---|---|---|---|")
    for name, mine in rounds.items():
        middle = lambda field: statistics.median(getattr(r, field) for r in mine)
        throughput = [r.rate / b.rate for r, b in zip(mine, base)]
        per_core = [b.cpu / r.cpu for r, b in zip(mine, base)]
        print(
            f"| {name} | {middle('rate'):,.0f} | {shown(throughput)} | {middle('p50'):.2f} | {middle('p99'):.2f} "
            f"| {middle('cpu'):.1f} | {shown(per_core)} |",
            flush=True,
        )


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder, self.servers = options, folder, []
        root = folder / "root"
        root.mkdir()
        for name, body in documents.bodies().items():
            (root / name).write_text(body)
        self.upstream = nginx(folder, "upstream", free_port(), LOAD_CORE, root=root)
        self.servers.append(self.upstream)
        self.base = f"http://127.0.0.1:{self.upstream.port}"

    def start(self, name, command, port, probe, cores=TEST_CORE):
        server = Server(name, command, port, probe, cores, self.folder / f"{name.replace(' ', '-')}.log")
        self.servers.append(server)
        return server

    def baseline(self, kind, name, probe):
        port = free_port()
        command = [str(TARGET / "capstan-baseline"), kind, f"127.0.0.1:{port}", self.base]
        return self.start(name, command, port, probe)

    def capstan(self, name, path, port, probe, *flags, cores=TEST_CORE, binary=None):
        return self.start(name, [binary or self.options.binary, "serve", str(path), *flags], port, probe, cores)

    def stop(self, *servers):
        for server in servers:
            server.stop()
            self.servers.remove(server)

    def rest(self):
        probe = ("GET", "/small.json", None, {})
        port = free_port()
        file = documents.capability(self.folder / "bench.yaml", self.base, port, free_port())
        proxy = nginx(self.folder, "nginx", free_port(), TEST_CORE, upstream=self.upstream.port)
        again = nginx(self.folder, "nginx-again", free_port(), TEST_CORE, upstream=self.upstream.port)
        self.servers += [proxy, again]
        hand = self.baseline("rest", "axum-reqwest", probe)
        capstan = self.capstan("capstan", file, port, probe)
        all_four = [proxy, again, hand, capstan]
        print("\n## REST, nothing mapped: against nginx proxy_pass")
        for connections in self.options.connections:
            compare("GET 300 B", all_four, "/small.json", connections, self.options)
        compare("GET 10 KB", all_four, "/medium.json", 64, self.options)
        compare("GET 1 MB", all_four, "/large.json", 16, self.options)
        self.stop(proxy, again, hand)

        print("\n## REST, 20 fields of 10 KB: against a hand-written parse-and-map")
        mapped = self.baseline("mapped", "axum-reqwest-serde", ("GET", "/mapped", None, {}))
        expected = json.loads(mapped.answer)
        capstan.ask(("GET", "/mapped", None, {}))
        assert json.loads(capstan.answer) == expected, "the mappings differ"
        compare("GET, mapped", [mapped, capstan], "/mapped", 64, self.options)
        self.stop(mapped, capstan)

    def mcp(self):
        print("\n## MCP tools/call: against a hand-written rmcp server")
        mcp_port = free_port()
        file = documents.capability(self.folder / "bench.yaml", self.base, free_port(), mcp_port)
        for mode in ("2025 stateless", "2026-07-28", "2025 with sessions"):
            kind = "mcp-sessions" if mode == "2025 with sessions" else "mcp"
            hand = self.baseline(kind, "rmcp", mcp.listing())
            capstan = self.capstan("capstan", file, mcp_port, mcp.listing())
            if mode == "2025 stateless" and not mcp.calls_without_session(capstan):
                print(f"\n**{mode}**: Capstan opens a session for every client of that generation; see below.")
            else:
                scripts = {s.name: mcp.script(self.folder, s, mode, 64) for s in (hand, capstan)}
                compare(mode, [hand, capstan], "/mcp", 64, self.options, lambda s: scripts[s.name])
            self.stop(hand, capstan)

    def versus(self):
        """This Capstan against another build of it: what a change costs or gains, everything else being the same."""
        print("\n## Capstan against another build of it")
        probe, pair, mcp_ports = ("GET", "/small.json", None, {}), [], {}
        for name, binary in (("other build", self.options.against), ("capstan", self.options.binary)):
            port, mcp_port = free_port(), free_port()
            file = documents.capability(self.folder / f"{name.replace(' ', '-')}.yaml", self.base, port, mcp_port)
            pair.append(self.capstan(name, file, port, probe, binary=binary))
            mcp_ports[name] = mcp_port
        for connections in self.options.connections:
            compare("GET 300 B", pair, "/small.json", connections, self.options)
        compare("GET 10 KB", pair, "/medium.json", 64, self.options)
        compare("GET 1 MB", pair, "/large.json", 16, self.options)
        compare("GET, mapped", pair, "/mapped", 64, self.options)
        for server in pair:
            server.port = mcp_ports[server.name]
        for mode in ("2026-07-28", "2025 with sessions"):
            scripts = {s.name: mcp.script(self.folder, s, mode, 64) for s in pair}
            compare(f"MCP tools/call, {mode}", pair, "/mcp", 64, self.options, lambda s: scripts[s.name])
        self.stop(*pair)

        print("\n| first good answer of one document | ms | idle MB |\n|---|---|---|")
        figures = {"other build": ([], []), "capstan": ([], [])}
        for _ in range(self.options.starts):
            for name, binary in (("other build", self.options.against), ("capstan", self.options.binary)):
                port = free_port()
                file = documents.capability(self.folder / "start.yaml", self.base, port, free_port())
                server = self.capstan(name, file, port, probe, cores=BOTH_CORES, binary=binary)
                figures[name][0].append(server.first_answer * 1e3)
                figures[name][1].append(server.memory("VmRSS"))
                self.stop(server)
        for name, (times, idle) in figures.items():
            print(f"| {name} | {shown(times, 1)} | {shown(idle, 1)} |", flush=True)

    def start_and_memory(self):
        print("\n## Start and memory\n")
        print("| documents | first good answer ms | idle MB | peak MB |")
        print("|---|---|---|---|")
        sources = documents.sources(self.options.corpus)
        for count in (1, 50, self.options.documents):
            folder = self.folder / f"documents-{count}"
            last = documents.bundle(folder, count, self.base, sources if count == self.options.documents else None)
            times, idle, peak = [], [], []
            for _ in range(self.options.starts if count < 100 else 5):
                port = free_port()
                gateway = ("--gateway", f"127.0.0.1:{port}")
                server = self.capstan("capstan", folder, port, ("GET", last, None, {}), *gateway, cores=BOTH_CORES)
                times.append(server.first_answer * 1e3)
                idle.append(server.memory("VmRSS"))
                peak.append(server.memory("VmHWM"))
                self.stop(server)
            print(f"| {count:,} | {shown(times, 1)} | {shown(idle, 1)} | {shown(peak, 1)} |", flush=True)

    def many(self):
        print("\n## One request among many documents: against one document")
        probe = lambda last: ("GET", last, None, {})
        sources = documents.sources(self.options.corpus)
        pair = []
        for name, count in (("one document", 1), (f"{self.options.documents} documents", self.options.documents)):
            folder = self.folder / f"many-{count}"
            last = documents.bundle(folder, count, self.base, sources if count > 1 else None)
            port = free_port()
            pair.append(self.capstan(name, folder, port, probe(last), "--gateway", f"127.0.0.1:{port}"))
        compare("GET 300 B through the gateway", pair, documents.LAST, 64, self.options)
        print(f"\nPeak memory under load: {pair[0].memory('VmHWM'):.1f} MB and {pair[1].memory('VmHWM'):.1f} MB.")
        self.stop(*pair)


def main():
    parser = argparse.ArgumentParser(prog="benches/run", description=__doc__)
    parser.add_argument("--rounds", type=int, default=8, help="interleaved rounds of each comparison")
    parser.add_argument("--seconds", type=int, default=3, help="length of a round")
    parser.add_argument("--connections", type=int, nargs="+", default=[16, 64, 256])
    parser.add_argument("--documents", type=int, default=2300, help="how many documents the large bundle has")
    parser.add_argument("--corpus", type=Path, help="a folder whose capability files fill the large bundle, repeated")
    parser.add_argument("--starts", type=int, default=20, help="how often a start is timed")
    parser.add_argument("--binary", default=str(TARGET / "capstan"))
    parser.add_argument("--against", help="another build of Capstan: `versus` alone, or what --only names")
    parser.add_argument("--only", choices=["rest", "mcp", "start_and_memory", "many", "versus"], nargs="+")
    options = parser.parse_args()
    for tool in ("wrk", "nginx", "taskset"):
        if not shutil.which(tool):
            sys.exit(f"benches/run needs {tool}")
    parts = options.only or (["versus"] if options.against else ["rest", "mcp", "start_and_memory", "many"])
    if "versus" in parts and not options.against:
        sys.exit("benches/run: `versus` needs --against BINARY")
    with tempfile.TemporaryDirectory(prefix="capstan-bench-") as folder:
        Path(folder).chmod(0o755)
        bench = Bench(options, Path(folder))
        try:
            for part in parts:
                getattr(bench, part)()
        finally:
            bench.stop(*list(bench.servers))


if __name__ == "__main__":
    main()
