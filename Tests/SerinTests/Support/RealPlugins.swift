import Foundation
import SystemPackage
import TestSupport
import Testing

/// Real MCP servers from PyPI as a publisher would pack them.
struct RealPlugin {
  /// The name after the slash.
  let name: String
  /// What pip installs.
  let package: String
  /// The Python module that is started.
  let module: String
  /// A call that changes nothing, as a client makes it.
  let tool: String
  /// Its arguments as JSON.
  let arguments: String

  static let time = RealPlugin(
    name: "time", package: "mcp-server-time", module: "mcp_server_time", tool: "get_current_time",
    arguments: #"{"timezone": "Europe/Paris"}"#)
  static let git = RealPlugin(
    name: "git", package: "mcp-server-git", module: "mcp_server_git", tool: "git_status",
    arguments: #"{"repo_path": "/state/repository"}"#)

  /// Writes the folder of a release: the packages that pip fetches, once for this account, and a manifest.
  func write(_ version: String, into world: World) async throws -> FilePath {
    let tree = try await PythonPackages.shared.folder("\(package)-\(version)", ["\(package)==\(version)"])
    let folder = world.scratch / "releases/\(name)-\(version)"
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    try await world.program.tool("/bin/cp", "-r", "--reflink=auto", tree.string, folder.appending("lib").string)
    // What a plugin never loads only costs time here.
    for unused in ["bin", "cryptography", "cffi", "tzdata"] {
      try? FileManager.default.removeItem(atPath: folder.appending("lib").appending(unused).string)
    }
    try world.scratch.write(manifest(version), to: "releases/\(name)-\(version)/manifest.json")
    return folder
  }

  private func manifest(_ version: String) -> String {
    let programs = name == "git" ? #"["git"]"# : "[]"
    return """
      {"manifest_version": "0.3", "name": "\(name)", "version": "\(version)", "description": "From PyPI.",
       "author": {"name": "Model Context Protocol"},
       "server": {"type": "python", "entry_point": "lib/\(module)/__main__.py", "mcp_config": {"command": "python3",
         "args": ["-m", "\(module)"], "env": {"PYTHONPATH": "${__dirname}/lib", "PYTHONDONTWRITEBYTECODE": "1",
           "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}}},
       "_meta": {"io.github.serin": {"plugin": "io.github.modelcontextprotocol/\(name)",
         "permissions": {"version": 1, "write": ["@state"], "run": \(programs),
           "limits": {"memory": "512MiB", "pids": 64}}}}}
      """
  }

  /// An AI client: the official SDK for Python calls a plugin over standard input and output until a file appears, in
  /// one long session and in short ones beside it; then it prints what it counted.
  static let client = """
    import asyncio, json, os, sys, time
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    program, name, tool, arguments, stop = sys.argv[1:6]
    count = {"long": 0, "short": 0, "sessions": 0, "failed": []}
    # It stops by itself, whatever became of the test.
    parent, deadline = os.getppid(), time.monotonic() + 300

    def is_over():
        return os.path.exists(stop) or os.getppid() != parent or time.monotonic() > deadline

    async def session(kind, calls):
        parameters = StdioServerParameters(command=program, args=["run", name], env=dict(os.environ))
        with open(stop + "." + kind + ".errors", "a") as errors:
            async with stdio_client(parameters, errlog=errors) as (reader, writer):
                async with ClientSession(reader, writer) as client:
                    await client.initialize()
                    while calls != 0:
                        answer = await asyncio.wait_for(client.call_tool(tool, json.loads(arguments)), 30)
                        if answer.isError:
                            count["failed"].append(str(answer.content)[:300])
                        count[kind] += 1
                        calls -= 1
                        with open(stop + ".count", "w") as file:
                            json.dump(count, file)
                        if is_over():
                            break
                        await asyncio.sleep(0.3)
        count["sessions"] += 1

    async def repeat(kind, calls):
        while not is_over():
            try:
                await session(kind, calls)
            except Exception as error:
                count["failed"].append(repr(error)[:300])
            # Starting programs again and again would leave nothing of a small machine for the agent.
            await asyncio.sleep(2)

    async def main():
        await asyncio.gather(repeat("long", -1), repeat("short", 2))
        print(json.dumps(count))

    asyncio.run(main())
    """
}
