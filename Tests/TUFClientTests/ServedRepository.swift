import Platform
import Signing
import SystemPackage
import TUF
import TestSupport
import Testing

/// A repository on disk, served flat by ``LoopbackServer``, and a client's folders beside it.
struct ServedRepository {
  let scratch: Scratch
  private let signer: Signer
  private var state: RepositoryState?

  init(_ targets: [NewTarget] = []) throws {
    scratch = try Scratch()
    signer = Signer(try SecretKey.generate())
    try LocalFileSystem().makeDirectory(scratch / "served", mode: 0o755)
    try publish(targets)
  }

  /// Publishes targets, whose content ``serve(_:as:)`` puts beside the metadata.
  mutating func publish(_ targets: [NewTarget]) throws {
    let authority = try Authority(keys: [signer.key], threshold: 1)
    let now = MetadataTime(seconds: SystemClock().now().seconds)
    var writer =
      if let state { RepositoryWriter(editing: state, at: now) } else {
        try RepositoryWriter(
          creating: RepositoryPlan(root: authority, targets: authority, snapshot: authority, timestamp: authority),
          at: now)
      }
    for target in targets { try writer.add(target) }
    let publication = try writer.publish(signedBy: [signer])
    for file in publication.files { try scratch.write(file.bytes, to: "served/\(file.path)") }
    state = publication.state
  }

  /// Lets the server offer a target's content under the name that clients will ask for.
  func serve(_ bytes: [UInt8], as target: NewTarget) throws { try scratch.write(bytes, to: served(target)) }

  /// Where the server has a target's content.
  func served(_ target: NewTarget) -> String {
    "served/\(target.sha256.hex).\(target.path.split(separator: "/").last ?? "")"
  }

  /// Publishes content as a target and lets the server offer it.
  @discardableResult
  mutating func add(_ path: String, _ bytes: [UInt8]) throws -> NewTarget {
    let target = NewTarget(path: path, bytes: bytes)
    try publish([target])
    try serve(bytes, as: target)
    return target
  }

  /// Trusts the repository's first root.
  func initialise() async throws {
    let outcome = try await ClientProgram.run([
      "--metadata-dir", metadataFolder, "init", (scratch / "served/1.root.json").string,
    ])
    try #require(outcome.code == 0, "\(outcome)")
  }

  var metadataFolder: String { (scratch / "metadata").string }

  /// Downloads targets whose content the server offers below an address of its own.
  func download(
    _ server: LoopbackServer, _ names: [String], below path: String = "file", measuring: Bool = false
  ) async throws -> ClientOutcome {
    try await ClientProgram.run(
      ["--metadata-dir", metadataFolder, "--metadata-url", server.url("file")]
        + names.flatMap { ["--target-name", $0] }
        + ["--target-base-url", server.url(path), "--target-dir", (scratch / "targets").string, "download"],
      measuring: measuring)
  }

  /// Downloads a target, which must succeed for the test to go on.
  func mustDownload(_ server: LoopbackServer, _ name: String) async throws {
    let outcome = try await download(server, [name])
    try #require(outcome.code == 0, "\(outcome)")
  }

  /// The names of the files in the folder of targets, unfinished ones included.
  func downloaded() throws -> [String] {
    let files = LocalFileSystem()
    guard try files.exists(scratch / "targets") else { return [] }
    return try files.list(scratch / "targets").map(\.name)
  }
}

/// What one run of the client left behind.
struct ClientOutcome: Sendable, CustomStringConvertible {
  let code: Int
  let errors: String
  /// The most memory that the process held, in KiB, if it was measured.
  var peak: Int? { errors.split(separator: "\n").last.flatMap { Int($0) } }
  var description: String { "exit \(code): \(errors)" }
}

/// The `tuf-client` that was built together with these tests.
enum ClientProgram {
  static let path: FilePath = {
    let link = (try? LocalFileSystem().readLink("/proc/self/exe")) ?? ""
    return link.removingLastComponent().appending("tuf-client")
  }()

  static func run(_ arguments: [String], measuring: Bool = false) async throws -> ClientOutcome {
    // `time` is small itself: memory figures are inherited from whoever starts a program.
    let command = Command(
      executable: measuring ? "/usr/bin/time" : path,
      arguments: (measuring ? ["-f", "%M", path.string] : []) + arguments)
    let result = try await Machine.live.processes.run(
      command, input: [], outputLimit: 1 << 20, timeout: .seconds(180))
    return ClientOutcome(code: result.status.shellCode, errors: String(decoding: result.stderr, as: UTF8.self))
  }
}
