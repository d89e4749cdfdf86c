import Platform
import Releases
import Signing
import StrictJSON
import SystemPackage
import TestSupport
import Testing

@testable import Storage

/// The independent checker finds what is wrong: each kind of damage by its own sentence, and nothing where all is well.
@Suite(.enabled(if: HostChecker.isHere, "needs /usr/bin/python3 and /usr/bin/minisign"))
struct CheckerTests {
  /// What is done to a host, and a part of the sentence that must follow.
  struct Damage: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let stage: String
    let sentence: String
    let harm: @Sendable (ModelHost) throws -> Void

    init(
      _ name: String, says sentence: String, stage: String = "cut",
      _ harm: @escaping @Sendable (ModelHost) throws -> Void
    ) {
      testDescription = name
      self.stage = stage
      self.sentence = sentence
      self.harm = harm
    }
  }

  /// Replaces or makes a file of the plugin's folder.
  private static func put(_ text: String, _ path: String, mode: UInt16 = 0o600, _ host: ModelHost) throws {
    let place = try host.folder().root.pushing(FilePath(path))
    try host.files.removeIfPresent(place)
    try host.files.write(Array(text.utf8), creating: place, mode: mode)
  }

  private static func tree(_ version: String = "2.0") throws -> String {
    "trees/" + (try ModelHost.tree(version).text)
  }

  private static func manifest() throws -> String {
    "manifests/" + (try ModelHost.tree("2.0").text) + ".json"
  }

  static let damages: [Damage] = [
    Damage("another content", says: "does not have the content that was signed") {
      try put("other!", tree() + "/shared", mode: 0o444, $0)
    },
    Damage("a torn file", says: "does not have the content that was signed") {
      try put("", tree() + "/bin/tool", mode: 0o555, $0)
    },
    Damage("a file too many", says: "is extra") { try put("x", tree() + "/more", mode: 0o444, $0) },
    Damage("a file too few", says: "is missing") {
      try $0.files.remove($0.folder().root.pushing(FilePath(tree() + "/shared")))
    },
    Damage("a writable file", says: "has mode 644") { try put("shared", tree() + "/shared", mode: 0o644, $0) },
    Damage("a writable folder", says: "has mode 755") {
      try $0.files.setMode($0.folder().root.pushing(FilePath(tree())), to: 0o755)
    },
    Damage("no current", says: "current is gone") { try $0.files.remove($0.folder().currentLink) },
    Damage("current leads nowhere", says: "is no folder") {
      try $0.folder().replaceTreeLink($0.folder().currentLink, with: ModelHost.tree("9.0"))
    },
    Damage("current leads to a third release", says: "neither the old tree nor the new one") {
      try $0.folder().replaceTreeLink($0.folder().currentLink, with: ModelHost.tree("4.0"))
    },
    Damage("a tree that nobody signed", says: "has no signed manifest") {
      try $0.files.makeDirectory(
        $0.folder().root.appending("trees").appending(String(repeating: "a", count: 64)), mode: 0o555)
    },
    Damage("another signature", says: "no known key signed") { host in
      let other = try host.folder().signatureBytes(of: ModelHost.tree("3.0"))
      try put(String(decoding: other, as: UTF8.self), manifest() + ".minisig", host)
    },
    Damage("another manifest", says: "no known key signed") { host in
      let own = try host.folder().manifestBytes(of: ModelHost.tree("2.0"))
      try put(String(decoding: own, as: UTF8.self) + " ", manifest(), host)
    },
    Damage("a torn object", says: "has other content") { host in
      let key = ObjectStore.Key(.of(Array("shared".utf8)), isExecutable: false)
      let path = try host.open().objects.path(key)
      try host.files.remove(path)
      try host.files.write(Array("sha".utf8), creating: path, mode: 0o444)
    },
    Damage("a record of the journal is damaged", says: "of the journal is damaged") { host in
      let path = try host.folder().journalPath
      let bytes = try host.files.readAll(path, limit: 1 << 20)
      try put("x" + String(decoding: bytes.dropFirst(), as: UTF8.self), "journal", host)
    },
    Damage("an open record", says: "the journal has an open record", stage: "settled") { host in
      let record = JournalRecord(
        intent: .activate, from: nil, to: try ModelHost.tree("2.0"), saves: nil, restores: nil, step: .prepared)
      var journal = try Journal(host.folder().journalPath, disk: Disk(files: host.files))
      try journal.append(record)
    },
    Damage("another state", says: "does not belong to the current tree") { try $0.writeState("three") },
    Damage("the state of another release", says: "does not belong to the current tree") { try $0.writeState("one") },
    Damage("no state", says: "the state is gone") { try $0.files.removeTree($0.folder().state) },
    Damage("a snapshot of another state", says: "no state that was ever recorded") {
      try put("three", "snapshots/1/state/notes.txt", $0)
    },
    Damage("a snapshot without its tree", says: "of snapshot 1 is gone") {
      try $0.files.removeTree($0.folder().root.pushing(FilePath(tree("1.0"))))
    },
    Damage("half a snapshot", says: "left over: snapshots/7.partial", stage: "clean") {
      try $0.files.makeDirectory($0.folder().snapshotFolder(7).partial, mode: 0o700)
    },
    Damage("a state on its way", says: "left over in the plugin's folder: state.next", stage: "clean") {
      try $0.files.makeDirectory($0.folder().stateNext, mode: 0o700)
    },
    Damage("half a download", says: "left over: downloads/half.part", stage: "clean") {
      try $0.files.write([1], creating: $0.open().downloads.appending("half.part"), mode: 0o600)
    },
    Damage("a download that is not what its name says", says: "is not what its name says") {
      try $0.files.write([1], creating: $0.open().downloads.appending(String(repeating: "0", count: 64)), mode: 0o600)
    },
  ]

  private func problems(_ image: DiskImage, _ stage: String) throws -> [String] {
    let question: JSON = [
      "host": image.json(below: ModelHost.root.string), "plugin": .string(try ModelHost.plugin.get().text),
      "keys": [.string(try ModelHost.signer.get().publicKey.base64)], "stage": .string(stage),
      "trees": .object(JSON.Object([(try ModelHost.tree("2.0").text, .array([["notes.txt": "two"]]))])),
      "recorded": .array([["notes.txt": "one"]]),
    ]
    return try HostChecker().problems(question)
  }

  @Test(arguments: ["cut", "settled", "clean"])
  func `a host that is well has no problem`(stage: String) throws {
    #expect(try problems(ModelDisks.waiting.get(), stage) == [])
  }

  @Test(arguments: damages)
  func `damage is found`(_ damage: Damage) throws {
    let disk = ModelDisk(try ModelDisks.waiting.get())
    try damage.harm(ModelHost(disk))
    let found = try problems(disk.image, damage.stage)
    #expect(found.contains { $0.contains(damage.sentence) }, "\(found)")
  }
}
