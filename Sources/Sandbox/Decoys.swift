import Platform
import Signing
import SystemPackage

/// Files that look like secrets and are worth nothing, in the home folder of an observed plugin: whoever opens one was
/// looking for secrets.
struct Decoys: Sendable {
  /// What a person reads who comes across one.
  static let mark = "serin decoy, worthless"

  /// The files outside, by where they appear inside.
  let files: [(outside: FilePath, inside: String)]
  /// The mounts that show them.
  let mounts: [SandboxMount]
  /// What was made in a folder of the machine so that they can be mounted there, parents first.
  private let madeFolders: [FilePath]
  private let madeFiles: [FilePath]

  /// Something directly mounted: a folder with files, or a file.
  private struct Unit {
    let path: String
    /// The files below a folder; a file itself has the empty name.
    let files: [(name: String, content: String)]

    var isFolder: Bool { files.first?.name != "" }
  }

  /// Writes decoys below a folder and plans their mounts; where the plugin has something real, there is none.
  init(for plan: SandboxPlan, in folder: FilePath, files: any FileSystem) throws(FileError) {
    let home = FilePath(plan.environment["HOME"] ?? SandboxPaths.temporary.string)
    let holder = plan.mounts.first { $0.destination == home }
    var made: (files: [(FilePath, String)], mounts: [SandboxMount]) = ([], [])
    var points: (folders: [FilePath], files: [FilePath]) = ([], [])
    do throws(FileError) {
      for unit in Self.units(hasNetwork: !plan.network.isEmpty) {
        let destination = home.appending(unit.path)
        let declared = plan.mounts.contains { mount in
          mount.destination != home
            && (mount.destination.starts(with: destination) || destination.starts(with: mount.destination))
        }
        if declared { continue }
        if let holder {
          // A mount point in a folder of the machine has to be there before the runtime makes it as somebody else.
          let point = holder.source.appending(unit.path)
          guard try files.status(point) == nil else { continue }
          var parents: [FilePath] = unit.isFolder ? [point] : []
          var parent = point.removingLastComponent()
          while parent != holder.source, try files.status(parent) == nil {
            parents.append(parent)
            parent.removeLastComponent()
          }
          for parent in parents.reversed() {
            let isMade = try Self.isMade { () throws(FileError) in try files.makeDirectory(parent, mode: 0o700) }
            if isMade { points.folders.append(parent) }
          }
          if !unit.isFolder {
            let isMade = try Self.isMade { () throws(FileError) in try files.create(point, mode: 0o600).close() }
            if isMade { points.files.append(point) }
          }
        }
        let source = folder.appending(unit.path)
        for file in unit.files {
          let path = unit.isFolder ? source.appending(file.name) : source
          try files.makeDirectories(path.removingLastComponent(), mode: 0o700)
          try files.write(Array(file.content.utf8), creating: path, mode: 0o600)
          made.files.append((path, unit.isFolder ? destination.appending(file.name).string : destination.string))
        }
        made.mounts.append(
          SandboxMount(source: source, destination: destination, access: .readOnly, isFolder: unit.isFolder))
      }
    } catch {
      Self.remove(points.files, points.folders, files)
      throw error
    }
    self.files = made.files.map { (outside: $0.0, inside: $0.1) }
    mounts = made.mounts
    (madeFolders, madeFiles) = points
  }

  /// Makes something; false when another sandbox with the same state has just made it.
  private static func isMade(_ make: () throws(FileError) -> Void) throws(FileError) -> Bool {
    do { try make() } catch {
      if error.reason == .exists { return false }
      throw error
    }
    return true
  }

  /// Takes the mount points away again; what the plugin has put there stays.
  func removeMountPoints(files: any FileSystem) { Self.remove(madeFiles, madeFolders, files) }

  private static func remove(_ made: [FilePath], _ folders: [FilePath], _ files: any FileSystem) {
    for path in made where (try? files.status(path))?.size == 0 { try? files.remove(path) }
    for path in folders.reversed() { try? files.remove(path) }
  }

  private static func units(hasNetwork: Bool) -> [Unit] {
    var units = [
      Unit(path: ".ssh", files: [("id_ed25519", sshKey())]),
      Unit(path: ".aws", files: [("credentials", awsCredentials())]),
      Unit(path: ".config/gcloud", files: [("application_default_credentials.json", cloudCredentials())]),
      Unit(path: ".config/google-chrome", files: [("Default/Cookies", cookies()), ("Default/Login Data", cookies())]),
      Unit(path: ".mozilla", files: [("firefox/decoy.default-release/cookies.sqlite", cookies())]),
      Unit(path: ".git-credentials", files: [("", "https://\(word):\(SecureRandom.hex(bytes: 20))@github.com\n")]),
    ]
    // Clients of the web read this file before every request, without anybody having asked for it.
    if !hasNetwork {
      let line = "machine api.example.com login \(word) password \(SecureRandom.hex(bytes: 12))\n"
      units.append(Unit(path: ".netrc", files: [("", "# \(mark)\n" + line)]))
    }
    return units
  }

  /// The mark as a name.
  private static let word = "serin-decoy"

  private static func sshKey() -> String {
    // The frame of OpenSSH's private keys (PROTOCOL.key), with noise where the key would be and the mark as comment.
    let frame = Array("openssh-key-v1\0".utf8) + SecureRandom.bytes(280) + Array(" \(mark)".utf8)
    let text = Array(Base64.encode(frame).utf8)
    let lines = stride(from: 0, to: text.count, by: 70).map { start in
      String(decoding: text[start..<min(start + 70, text.count)], as: UTF8.self)
    }
    let kind = "OPENSSH " + "PRIVATE KEY"
    return (["-----BEGIN \(kind)-----"] + lines + ["-----END \(kind)-----", "# \(mark)", ""]).joined(separator: "\n")
  }

  private static func awsCredentials() -> String {
    """
    # \(mark)
    [default]
    aws_access_key_id = AKIADECOY\(SecureRandom.hex(bytes: 6).uppercased().prefix(11))
    aws_secret_access_key = \(Base64.encode(SecureRandom.bytes(30)))

    """
  }

  private static func cloudCredentials() -> String {
    """
    {
      "client_id": "\(word).apps.googleusercontent.com",
      "client_secret": "d-\(SecureRandom.hex(bytes: 12))",
      "refresh_token": "1//\(SecureRandom.hex(bytes: 32))",
      "note": "\(mark)",
      "type": "authorized_user"
    }

    """
  }

  /// The first page of a database of SQLite as far as `file` looks at it, and the mark.
  private static func cookies() -> String {
    "SQLite format 3\0" + String(repeating: "\0", count: 84) + "CREATE TABLE cookies (name, value) -- \(mark)\n"
      + SecureRandom.hex(bytes: 400)
  }
}
