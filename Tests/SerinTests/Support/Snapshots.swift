import Foundation
import SystemPackage
import TestSupport
import Testing

/// Texts that people see, kept in `Snapshots/`; `RECORD_SNAPSHOTS=1` writes them anew and fails the run.
enum Snapshots {
  private static let isRecording = ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1"
  private static let folder =
    FilePath(#filePath).removingLastComponent().removingLastComponent().appending("Snapshots")

  /// Compares a text, without what differs from run to run, with the kept one.
  static func check(
    _ text: String, _ name: String, of world: World? = nil, at location: SourceLocation = #_sourceLocation
  ) throws {
    let text = redacted(text, of: world)
    let url = URL(filePath: folder.appending(name + ".txt").string)
    if isRecording {
      try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
      try text.write(to: url, atomically: true, encoding: .utf8)
      Issue.record("recorded the snapshot \(name)", sourceLocation: location)
      return
    }
    let kept = try? String(contentsOf: url, encoding: .utf8)
    #expect(text == kept, "snapshot \(name); RECORD_SNAPSHOTS=1 writes it anew", sourceLocation: location)
  }

  /// The text with words in place of paths, addresses, times, digests, key numbers, sizes and counted probes.
  static func redacted(_ text: String, of world: World?) -> String {
    var text = text
    if let world { text = text.replacing(world.scratch.path.string, with: "FOLDER") }
    text = text.replacing(/http:\/\/127\.0\.0\.1:[0-9]+/, with: "ADDRESS")
    text = text.replacing(/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/, with: "TIME")
    text = text.replacing(/\b[0-9a-f]{64}\b/, with: "DIGEST")
    text = text.replacing(/\b[0-9A-F]{16}\b/, with: "KEY-NUMBER")
    text = text.replacing(/\b[0-9a-f]{16} \(/, with: "KEY-ID (")
    text = text.replacing(/last six:( +)[0-9a-f]{6}\b/, with: "last six: SIX")
    text = text.replacing(/[0-9]+ GiB are free/, with: "N GiB are free")
    text = text.replacing(/asked [0-9dhms ]+ ago/, with: "asked TIME ago")
    text = text.replacing(/good for another [0-9dhms ]+/, with: "good for another TIME")
    text = text.replacing(/\bRW[A-Za-z0-9+\/=]{54}/, with: "PUBLIC-KEY")
    text = text.replacing(/[0-9.]+ (B|bytes|KiB|MiB|kB|MB)\b/, with: "SIZE")
    text = text.replacing(/[0-9]+ probes/, with: "N probes")
    text = text.replacing(/[0-9]+ ?s (and|of)\b/) { "N s \($0.1)" }
    // Said only from the fourth probe on.
    text = text.replacing(/; a failure rate below [0-9.]+ % may still hide/, with: "")
    // What two seconds side by side bring differs from run to run, and who sees starts from machine to machine.
    text = text.replacing(
      /\n[^\n]*notice: (it ran|only [0-9]+ of the|in [0-9]+ stretches|errors scatter|nothing was measured)[^\n]*/,
      with: "")
    text = text.replacing(/…[0-9a-f]{6}\b/, with: "…DIGEST")
    text = text.replacing(/(observed:\ +)[0-9]+s,/) { "\($0.1)N s," }
    text = text.replacing(/\ [0-9]+\ +TIME/, with: " N TIME")
    text = text.replacing(/\b[0-9a-f]{16}\.json/, with: "DIGEST.json")
    // Columns are as wide as what was just replaced.
    text = text.replacing(/\ {2,}/, with: "  ")
    return text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { String($0.reversed().drop { $0 == " " }.reversed()) }.joined(separator: "\n")
  }
}
