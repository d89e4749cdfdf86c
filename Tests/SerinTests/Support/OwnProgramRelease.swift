import Foundation
import SystemPackage
import TestSupport
import Testing

/// A release of Serin itself: a script that hands everything to the program under test and says another version.
struct OwnProgramRelease: Sendable {
  /// What is wrong with it.
  enum Fault: Sendable {
    case none
    /// It ends before it says anything.
    case doesNotStart
    /// It is made for another processor.
    case otherMachine
    /// It says another version than its manifest.
    case otherVersion
    /// Its self-test finds something that the present program does not find.
    case failsItself
    /// It works where it is tried and not where the link leads.
    case failsInPlace
    /// It holds no program at all.
    case empty
  }

  static let name = "io.github.serin/serin"

  var version: String
  var fault = Fault.none

  var manifest: String {
    """
    {"manifest_version": "0.3", "name": "serin", "version": "\(version)", "description": "Serin itself.",
     "author": {"name": "Serin"},
     "server": {"type": "binary", "entry_point": "bin/serin", "mcp_config": {"command": "${__dirname}/bin/serin"}},
     "_meta": {"io.github.serin": {"plugin": "\(Self.name)"}}}
    """
  }

  /// What `bin/serin` is.
  var program: [UInt8] {
    // ELF for the machine 0x1234, which nobody has.
    if fault == .otherMachine {
      return [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9) + [2, 0, 0x34, 0x12]
        + [UInt8](repeating: 0, count: 44)
    }
    let said = fault == .otherVersion ? "1.2.3-other" : version
    let good = fault == .failsItself ? "s/\"good\":true/\"good\":false/g" : "s/a/a/"
    return Array(
      """
      #!/bin/sh
      \(fault == .doesNotStart ? "echo 'it is broken' >&2; exit 3" : "")
      \(fault == .failsInPlace ? "case $0 in */current/*) exit 4 ;; esac" : "")
      [ "$1" = --version ] && { echo '\(said)'; exit 0; }
      '\(Program.serin.string)' "$@" | sed 's/"selfTest":{"version":"[^"]*"/"selfTest":{"version":"\(said)"/;\(good)'

      """.utf8)
  }
}

extension World {
  /// Where the link to the program is.
  var ownLink: FilePath { scratch / "home/.local/bin/serin" }
  /// The folder of the program's own releases.
  var ownHome: FilePath { host.appending("self/plugins/" + OwnProgramRelease.name) }
  /// The program that is switched on; the link of a copied world leads to the original.
  var ownProgram: FilePath { ownHome.appending("current/bin/serin") }
  /// What `current` points to there.
  var ownCurrent: String? { try? FileManager.default.destinationOfSymbolicLink(atPath: ownHome.string + "/current") }

  /// Publishes a release of the program to the channel canary.
  func publish(_ release: OwnProgramRelease, at location: SourceLocation = #_sourceLocation) async throws {
    let folder = "own/" + release.version
    try scratch.write(release.manifest, to: folder + "/manifest.json")
    if release.fault != .empty { try scratch.write(release.program, to: folder + "/bin/serin", mode: 0o755) }
    try await program.must(
      "publish", (scratch / folder).string, "--to", "canary", "--platform", "any", "--workspace", workspace.string,
      at: location)
  }

  /// Lets the program take care of itself, from release 9.0.0 on.
  func adopt(at location: SourceLocation = #_sourceLocation) async throws {
    try await publish(OwnProgramRelease(version: "9.0.0"), at: location)
    let url = try await serve()
    try await program.must("trust", url, "--root", root, "--name", "acme", at: location)
    try await confirmed(
      "self-update", "--adopt", "--repository", "acme", "--channel", "canary", "--min-age", "0s", at: location)
  }
}
