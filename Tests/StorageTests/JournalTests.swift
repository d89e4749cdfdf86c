import Platform
import Signing
import StrictJSON
import SystemPackage
import TestSupport
import Testing

@testable import Storage

@Suite struct JournalTests {
  let scratch: Scratch
  let disk = Disk(files: LocalFileSystem())
  let record = JournalRecord(
    intent: .rollback, from: TreeName(.of([1])), to: TreeName(.of([2]), manifest: .of([3])), saves: 4, restores: 2,
    step: .intended)

  init() throws { scratch = try Scratch() }

  private var path: FilePath { scratch / "journal" }

  private func append(_ steps: JournalRecord.Step...) throws {
    var journal = try Journal(path, disk: disk)
    for step in steps { try journal.append(record.reached(step)) }
  }

  @Test func `an absent journal has nothing open`() throws {
    let journal = try Journal(path, disk: disk)
    #expect(journal.open == nil)
    #expect(journal.last == nil)
  }

  @Test func `the last record comes back as it was written`() throws {
    try append(.intended, .prepared)
    #expect(try Journal(path, disk: disk).open == record.reached(.prepared))
    let plain = JournalRecord(
      intent: .activate, from: nil, to: TreeName(.of([2])), saves: nil, restores: nil, step: .switched, attempts: 3)
    var journal = try Journal(path, disk: disk)
    try journal.append(plain)
    #expect(try Journal(path, disk: disk).last == plain)
  }

  @Test(arguments: [JournalRecord.Step.finished, .undone])
  func `a switch that ended is not open`(step: JournalRecord.Step) throws {
    try append(.intended, .prepared, step)
    #expect(try Journal(path, disk: disk).open == nil)
  }

  @Test func `a record that is cut anywhere is ignored`() throws {
    try append(.intended, .prepared)
    let bytes = try scratch.read("journal")
    let first = try #require(bytes.firstIndex(of: UInt8(ascii: "\n"))) + 1
    for length in 0..<bytes.count {
      let (last, valid) = Journal.read(Array(bytes.prefix(length)))
      #expect(last?.step == (length < first ? nil : .intended))
      #expect(valid == Int64(length < first ? 0 : first))
    }
  }

  @Test func `a torn tail is cut off before the next record`() throws {
    try append(.intended)
    let whole = try scratch.read("journal")
    try scratch.write(whole + Array("0123456789abcdef 40 {\"form".utf8), to: "journal")
    try append(.prepared)
    #expect(try Journal(path, disk: disk).last?.step == .prepared)
    #expect(try scratch.read("journal") == whole + Journal.line(for: record.reached(.prepared)))
  }

  @Test(arguments: 0..<64 as Range<UInt64>)
  func `a record with a flipped bit is ignored`(seed: UInt64) throws {
    let line = Journal.line(for: record)
    let bit = Int(seed &* 0x9E37_79B9_7F4A_7C15 % UInt64((line.count - 1) * 8))
    var flipped = line
    flipped[bit / 8] ^= 1 << (bit % 8)
    #expect(Journal.read(flipped).last == nil)
    #expect(Journal.read(flipped + line).last == record)
  }

  @Test func `a long journal starts anew between two switches only`() throws {
    var journal = try Journal(path, disk: disk)
    for _ in 0..<800 {
      try journal.append(record.reached(.intended))
      try journal.append(record.reached(.finished))
    }
    #expect(try scratch.read("journal").count <= StorageLimits.journalBytes / 4 + 2000)
    #expect(try Journal(path, disk: disk).last?.step == .finished)
  }
}
