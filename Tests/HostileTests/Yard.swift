import Bundles
import Platform
import Releases
import Signing
import Storage
import SystemPackage
import TestSupport
import Updating

/// Where hostile files are let loose: a folder for imports, and a host that has a release and must keep it.
final class Yard {
  /// What became of one file.
  struct Observation {
    /// `accepted`, or the error.
    let word: String
    /// How often the disk was changed.
    let steps: Int
    /// Everything that is not as it must be.
    let complaints: [String]
  }

  let scratch: Scratch
  let forge: Forge
  private let files = LocalFileSystem()
  /// Whether the host stands with its release; after something was accepted it is made anew.
  private var isStanding = false

  init() throws {
    let memory: FilePath = "/dev/shm"
    let usable = (try? LocalFileSystem().status(memory))?.kind == .directory
    scratch = try (usable ? try? Scratch(in: memory) : nil) ?? Scratch()
    forge = try Forge(Signer(try SecretKey.generate()))
  }

  /// Makes the file of a kind and takes it in.
  func observe(_ kind: HostileKind) async throws -> Observation {
    let bytes = try await kind.make(forge)
    return switch kind.form {
    case .archive: try importing(bytes, limits: kind.limits)
    case .bundle: try staging(bytes)
    case .delta: try patching(bytes)
    }
  }

  /// Imports a file as a publisher does.
  func importing(
    _ bytes: [UInt8], limits: ArchiveImporter.Limits, from system: (any FileSystem)? = nil
  ) throws -> Observation {
    let archive = try scratch.write(bytes, to: "archive")
    let before = try files.list(scratch.path).map(\.name)
    let counting = FaultyFileSystem(system ?? files)
    let folder = scratch / "imported"
    defer { try? files.removeTree(folder) }
    var word = "accepted"
    do throws(BundleError) {
      try ArchiveImporter(files: counting, limits: limits).unpack(archive, into: folder)
    } catch {
      word = Verdict.word(error)
    }
    let strangers = try files.list(scratch.path).map(\.name).filter { !before.contains($0) && $0 != "imported" }
    var complaints = strangers.map { "it wrote \($0) beside its folder" }
    var content: Int64 = 0
    if try files.exists(folder) { try inspect(folder, depth: 0, top: folder, &complaints, &content) }
    // What arrived last may be over the limit by the one piece that showed it.
    if content > limits.content + Int64(BundleLimits.chunkBytes) { complaints.append("it wrote \(content) bytes") }
    return Observation(word: word, steps: counting.steps, complaints: complaints)
  }

  /// Whether everything in a folder is a plain file, a folder, or a link that stays inside.
  private func inspect(
    _ folder: FilePath, depth: Int, top: FilePath, _ complaints: inout [String], _ content: inout Int64
  ) throws {
    for entry in try files.list(folder) {
      let path = folder.appending(entry.name)
      guard let status = try files.status(path) else { continue }
      switch status.kind {
      case .directory: try inspect(path, depth: depth + 1, top: top, &complaints, &content)
      case .file:
        content += status.size
        if status.links != 1 { complaints.append("\(path) has \(status.links) names") }
        if status.mode & 0o7022 != 0 { complaints.append("\(path) has the mode \(status.mode)") }
      case .symlink:
        let target = try files.readLink(path).string
        let climbs = target.split(separator: "/", omittingEmptySubsequences: false).prefix { $0 == ".." }.count
        if target.hasPrefix("/") || climbs > depth || target.dropFirst(3 * climbs).contains("..") {
          complaints.append("\(path) leads to \(target)")
        }
      case .other: complaints.append("\(path) is a device or worse")
      }
    }
  }

  /// Stages a bundle as a host does that signed metadata told its length and digest.
  func staging(_ bytes: [UInt8]) throws -> Observation {
    let counting = FaultyFileSystem(files)
    let path = try scratch.write(bytes, to: "bundle")
    return try onHost(counting) { host, lock in
      let file = try CheckedFile.check(
        path, length: Int64(bytes.count), sha256: SHA256Digest.of(bytes), files: counting)
      let reader = try BundleReader(file, keys: [self.forge.signer.publicKey])
      return try BundleStaging.stage(reader, on: host, holding: lock)
    }
  }

  /// Lets something be staged on a host that has a release; a refusal must leave the host as it was.
  func onHost(
    _ counting: FaultyFileSystem, _ stage: (HostFolder, HostLock) throws -> StagedTree
  ) throws -> Observation {
    let root = scratch / "host"
    let machine = Machine(
      files: counting, clock: ManualClock(), transport: ScriptedTransport(), processes: ScriptedProcesses())
    let host = HostFolder(root: root, machine: machine)
    if !isStanding {
      try files.removeTree(root)
      _ = try HostFolder.open(root, machine: machine)
      try host.plugin(forge.manifest.plugin).prepare()
    }
    let lock = try host.lock()
    if !isStanding { try stageOther(on: host, lock) }
    isStanding = true
    let before = try listing(root)
    let begun = counting.steps
    do {
      let staged = try stage(host, lock)
      isStanding = false
      let differences = try host.plugin(forge.manifest.plugin).verify(staged.name, against: forge.manifest)
      return Observation(
        word: "accepted", steps: counting.steps - begun, complaints: differences.map { "the tree differs: \($0)" })
    } catch {
      let after = try listing(root)
      return Observation(
        word: Verdict.word(error), steps: counting.steps - begun,
        complaints: Set(before).symmetricDifference(after).sorted().map { "the host changed: \($0)" })
    }
  }

  /// Stages a delta over the release that the host has.
  func patching(_ bytes: [UInt8]) throws -> Observation {
    let counting = FaultyFileSystem(files)
    let path = try scratch.write(bytes, to: "delta")
    return try onHost(counting) { host, lock in
      let file = try CheckedFile.check(
        path, length: Int64(bytes.count), sha256: SHA256Digest.of(bytes), files: counting)
      let home = try host.plugin(self.forge.manifest.plugin)
      let older = try self.forge.older()
      guard let tree = try home.trees().first(where: { $0.tree == older.manifest.tree }) else {
        throw FileError(operation: "find", path: home.root, reason: .notFound)
      }
      let reader = try DeltaReader(
        file, from: DeltaTree(folder: home.path(of: tree), signed: older), keys: [self.forge.signer.publicKey],
        files: counting)
      return try DeltaStaging.stage(reader, on: host, holding: lock)
    }
  }

  /// The release that a host has already: it shares a file with the one that comes.
  private func stageOther(on host: HostFolder, _ lock: HostLock) throws {
    let other = try forge.older()
    let stager = try TreeStager(
      manifest: other.manifest, manifestBytes: other.json, signatureBytes: other.signature, host: host, holding: lock)
    for (path, text) in Forge.olderContents.sorted(by: { $0.key < $1.key }) { try stager.add(path, Array(text.utf8)) }
    _ = try stager.finish()
  }

  /// Everything in a folder with kind, mode and size.
  private func listing(_ folder: FilePath) throws -> [String] {
    try files.list(folder).flatMap { entry -> [String] in
      let path = folder.appending(entry.name)
      guard let status = try files.status(path) else { return [] }
      let line = "\(path) \(status.kind) \(String(status.mode, radix: 8))"
      return status.kind == .directory
        ? [line] + (try listing(path)) : [line + " \(status.size) \(status.inode) \(status.links)"]
    }
  }
}
