import Foundation
import TestSupport
import Testing

/// Every kind of hostile file that we know, through the entry that such a file would take, against a table that says
/// what must become of it: `Kinds.md` beside this file.
@Suite struct HostileArchiveTests {
  static let kinds: [HostileKind] =
    TarPathKinds.all + TarEntryKinds.all + TarFieldKinds.all + ZipKinds.all + MCPBKinds.all + BombKinds.all
    + BundleKinds.all + FrameKinds.all + DeltaKinds.all

  @Test func `each kind ends as the table says, within its bounds, and leaves nothing behind`() async throws {
    let yard = try Yard()
    var words: [String: Int] = [:]
    for kind in Self.kinds {
      let seen = try await yard.observe(kind)
      words[seen.word, default: 0] += 1
      #expect(seen.word == kind.outcome, "\(kind.testDescription)")
      #expect(seen.steps <= kind.steps, "\(kind.testDescription): \(seen.steps) changes of the disk")
      for complaint in seen.complaints { Issue.record("\(kind.testDescription): \(complaint)") }
    }
    let refused = words.filter { $0.key != "accepted" }.values.reduce(0, +)
    print(
      "hostile archives: \(Self.kinds.count) kinds, \(refused) refused by \(words.count - 1) errors, "
        + "\(words["accepted"] ?? 0) accepted as only unusual")
  }

  @Test func `no kind has the name of another`() {
    let names = Self.kinds.map(\.testDescription)
    #expect(Set(names).count == names.count, "\(Dictionary(grouping: names, by: \.self).filter { $1.count > 1 }.keys)")
  }

  @Test func `the document beside the tests shows every kind`() throws {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Kinds.md")
    let text = Self.document
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
      try text.write(to: url, atomically: true, encoding: .utf8)
      Issue.record("recorded Kinds.md")
    }
    #expect(try String(contentsOf: url, encoding: .utf8) == text, "RECORD_SNAPSHOTS=1 writes it anew")
  }

  private static var document: String {
    let entries = [
      HostileKind.Form.archive: "`ArchiveImporter`, the publisher's import of tar, zip and `.mcpb`",
      .bundle: "`CheckedFile`, `BundleReader` and `BundleStaging`, as a host stages a bundle",
      .delta: "`CheckedFile`, `DeltaReader` and `DeltaStaging`, as a host stages a delta",
    ]
    var lines = [
      "# Hostile archives", "",
      "\(kinds.count) kinds of file that somebody could hand over to do harm, or that are only unusual. Each is",
      "made in code, goes through the real entry, and must end as it says here: refused by this case of",
      "`BundleError`, or accepted. Changes of the disk and written bytes are bounded and counted; after a refusal a",
      "host is as it was, and an import has written nothing outside of its folder. `HostileArchiveTests` holds every",
      "line, and writes this file.",
    ]
    for form in [HostileKind.Form.archive, .bundle, .delta] {
      let list = kinds.filter { $0.form == form }
      if list.isEmpty { continue }
      lines += ["", "## Through \(entries[form] ?? "")", "", "| group | kind | outcome |", "| --- | --- | --- |"]
      lines += list.map { "| \($0.group) | \($0.name) | \($0.outcome) |" }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
