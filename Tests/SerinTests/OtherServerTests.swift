import Foundation
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// The repository is static files: a web server that knows nothing of it serves it as well.
  @Suite(.enabled(if: Program.path("nginx") != nil, "needs nginx"))
  struct OtherServerTests {
    @Test(.enabled(if: Program.canSandbox, "needs root, an OCI runtime and /usr/bin/python3"))
    func `nginx serves the repository`() async throws {
      let world = try await Worlds.shared.fresh().copy()
      let program = world.program
      try await world.publish(TestPlugin(version: "1.0.0"))
      let nginx = try await Nginx(serving: world.workspace.appending("repository"), world)
      defer { nginx.stop() }
      try await world.install(from: nginx.address)
      #expect(try await world.call() == "plain 1.0.0 1")
      try await program.expect(2, ["update", "--check", "--exit-code"])
      try await world.publish(TestPlugin(version: "1.1.0"))
      try await program.expect(10, ["update", "--check", "--exit-code"])
      try await program.expect(0, ["update", "--soak", "2s"])
      #expect(try await world.call() == "plain 1.1.0 2")
    }
  }
}

/// A real nginx on loopback with a configuration of its own.
private final class Nginx {
  let address: String
  private let process: Process

  init(serving folder: FilePath, _ world: World) async throws {
    let home = world.scratch / "nginx"
    try FileManager.default.createDirectory(atPath: home.string, withIntermediateDirectories: true)
    // Its workers may be another account, which must be able to walk to the files.
    try await world.program.tool("/bin/chmod", "755", world.scratch.path.string)
    // nginx cannot say which free port it took, so one is tried after the other.
    for port in Int.random(in: 20_000...50_000)... {
      try world.scratch.write(Self.configuration(port: port, home: home, root: folder), to: "nginx/nginx.conf")
      let process = Process()
      process.executableURL = URL(filePath: (Program.path("nginx") ?? "").string)
      process.arguments = ["-c", home.appending("nginx.conf").string, "-p", home.string, "-e", "stderr"]
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      let url = "http://127.0.0.1:\(port)"
      for _ in 0..<100 where process.isRunning {
        let answer = try await world.program.run(
          "/usr/bin/curl", ["-fsS", "-o", "/dev/null", url + "/metadata/timestamp.json"])
        if answer.code == 0 && process.isRunning {
          (self.address, self.process) = (url, process)
          return
        }
      }
      if process.isRunning { process.terminate() }
      if port > 65_000 { break }
    }
    throw Trouble("nginx did not start")
  }

  func stop() {
    process.terminate()
    process.waitUntilExit()
  }

  private static func configuration(port: Int, home: FilePath, root: FilePath) -> String {
    """
    user root;
    daemon off;
    worker_processes 1;
    pid \(home)/nginx.pid;
    events { worker_connections 64; }
    http {
      access_log off;
      client_body_temp_path \(home)/body;
      proxy_temp_path \(home)/proxy;
      fastcgi_temp_path \(home)/fastcgi;
      uwsgi_temp_path \(home)/uwsgi;
      scgi_temp_path \(home)/scgi;
      server { listen 127.0.0.1:\(port); root \(root); }
    }
    """
  }
}
