import Dispatch
import Platform
import Releases
import Signing
import StrictJSON
import SystemPackage
import TestSupport
import Testing

@testable import Storage

@Suite struct `The audit log` {
  let host: TestHost
  let plugin: PluginFolder

  init() throws {
    host = try TestHost()
    try host.install("1.0.0")
    plugin = try host.folder()
  }

  private var place: AuditPlace { AuditPlace(plugin) }
  private var log: AuditLog { AuditLog(plugin) }

  private func call(_ name: String, _ outcome: CallOutcome = .ok, arguments: JSON? = nil) -> AuditCall {
    AuditCall(
      session: "0123456789abcdef", version: "1.0.0", method: "tools/call", name: name, outcome: outcome,
      microseconds: 1500, bytesIn: 10, bytesOut: 20, arguments: arguments)
  }

  private func write(_ names: [String]) throws {
    let writer = AuditWriter(plugin)
    for name in names { writer.append(call(name)) }
    #expect(try writer.close() == 0)
  }

  private func lines() throws -> [String] {
    String(decoding: try host.machine().files.readAll(place.file(0), limit: 1 << 20), as: UTF8.self)
      .split(separator: "\n").map(String.init)
  }

  private func put(_ lines: [String], feed: Bool = true) throws {
    let files = LocalFileSystem()
    try files.remove(place.file(0))
    try files.write(
      Array((lines.joined(separator: "\n") + (feed ? "\n" : "")).utf8), creating: place.file(0), mode: 0o600)
  }

  private func names() throws -> [String] {
    var names: [String] = []
    try log.forEach { record, _ in
      if case .call(let call) = record.content { names.append(call.name ?? "") }
      return true
    }
    return names
  }

  @Test func `keeps every call with what became of it`() throws {
    let writer = AuditWriter(plugin)
    for outcome in CallOutcome.allCases { writer.append(call("tool \(outcome.rawValue)", outcome)) }
    writer.append(call("with", arguments: ["path": "/x"]))
    writer.append(call("much", arguments: .string(String(repeating: "x", count: 20_000))))
    #expect(try writer.close() == 0)
    var calls: [AuditCall] = []
    try log.forEach { record, _ in
      if case .call(let call) = record.content { calls.append(call) }
      return true
    }
    #expect(calls.prefix(6).map(\.outcome) == CallOutcome.allCases)
    #expect(calls[6] == call("with", arguments: ["path": "/x"]))
    #expect(calls[7].arguments == ["omitted": 20_002])
    let found = try log.verify()
    #expect(found.fault == nil && found.calls == 8 && found.records == 9 && found.first == 0)
    #expect(try found.last == log.head())
    #expect(try place.disk.status(place.file(0))?.mode == 0o600)
  }

  @Test func `goes on in one chain from session to session`() throws {
    for session in 0..<5 { try write(["a\(session)", "b\(session)"]) }
    let found = try log.verify()
    #expect(found.fault == nil && found.calls == 10 && found.records == 11)
  }

  @Test(arguments: 1..<6) func `tells which record was changed`(index: Int) throws {
    try write(["1", "2", "3", "4", "5"])
    var lines = try lines()
    lines[index] = lines[index].replacing(#""name":"\#(index)""#, with: #""name":"x""#)
    try put(lines)
    let fault = try #require(try log.verify().fault)
    // The change shows in the digest that the next one holds, or beside the log where there is no next one.
    #expect(fault.line == min(index + 2, 6) && fault.file == "audit/log")
    #expect(fault.record == Int64(min(index + 1, 5)))
  }

  @Test func `tells what was taken out, put in or moved`() throws {
    try write(["1", "2", "3", "4"])
    let good = try lines()
    for (lines, line) in [
      (good.enumerated().filter { $0.offset != 2 }.map(\.element), 3), (good[..<2] + [good[1]] + good[2...], 3),
      ([good[0], good[2], good[1], good[3], good[4]], 2), (Array(good[1...]), 1), (good[..<2] + ["{}"] + good[2...], 3),
      (good[..<2] + [String(repeating: "x", count: 70_000)] + good[2...], 3),
    ] as [([String], Int)] {
      try put(lines)
      #expect(try log.verify().fault?.line == line)
    }
  }

  @Test func `tells that its end was cut off, at once and after the next session`() throws {
    try write(["1", "2", "3", "4"])
    let noted = try #require(try log.head())
    try put(Array(try lines()[..<3]))
    let fault = try #require(try log.verify().fault)
    #expect(fault.line == nil && fault.reason == "the records 3 to 4 are missing: the log was cut short")
    try write(["5"])
    #expect(try log.verify().fault?.reason.contains("the records 3 to 4 are missing") == true)
    #expect(try names() == ["1", "2", "5"])
    // Without the word beside the log, what was noted elsewhere still tells.
    try put(Array(try lines()[..<3]))
    try LocalFileSystem().remove(place.headPath)
    #expect(try log.verify().fault == nil)
    #expect(try log.verify(known: [noted]).fault?.reason.hasPrefix("the records 3 to 4 are missing") == true)
  }

  @Test func `that is gone altogether is missed`() throws {
    try write(["1", "2"])
    try LocalFileSystem().remove(place.file(0))
    #expect(try log.verify().fault?.reason == "the records 0 to 2 are missing: the log was cut short")
    try write(["3"])
    #expect(try log.verify().fault?.line == 1)
  }

  @Test func `survives a line that a power cut left unfinished`() throws {
    try write(["1", "2"])
    for (index, torn) in [#"{"n":3,"prev":"#, String(repeating: "\0", count: 5000)].enumerated() {
      let good = try lines()
      try put(good + [torn], feed: false)
      #expect(try log.verify().fault == nil)
      try write(["3"])
      let found = try log.verify()
      #expect(found.fault == nil && found.cuts == index + 1 && found.calls == index + 3)
    }
  }

  @Test func `moves on to new files within one chain and forgets the oldest`() throws {
    let writer = AuditWriter(plugin, fileLimit: 32 << 10)
    // Five files of 32 KiB hold about 500 of these.
    for index in 0..<1000 { writer.append(call("\(index)")) }
    #expect(try writer.close() == 0)
    let entries = try place.disk.list(place.folder).map(\.name)
    #expect(entries == ["head", "log", "log.1", "log.2", "log.3", "log.4"])
    for entry in entries { #expect(try (place.disk.status(place.folder.appending(entry))?.size ?? 0) < 40 << 10) }
    let found = try log.verify()
    let first = try #require(found.first)
    #expect(found.fault == nil && first > 0 && found.last?.number == first + Int64(found.records) - 1)
    #expect(try names().last == "999")
    // A file from the middle is missed.
    try LocalFileSystem().remove(place.file(2))
    #expect(try log.verify().fault?.file == "audit/log.1")
  }

  @Test func `takes the calls of several sessions at the same time`() async throws {
    let count = 8
    await withTaskGroup(of: Void.self) { group in
      for writer in 0..<count {
        group.addTask {
          await withCheckedContinuation { continuation in
            DispatchQueue(label: "session").async {
              let audit = AuditWriter(plugin)
              for index in 0..<200 { audit.append(call("\(writer) \(index)")) }
              #expect((try? audit.close()) == 0)
              continuation.resume()
            }
          }
        }
      }
    }
    let found = try log.verify()
    #expect(found.fault == nil && found.calls == count * 200)
    #expect(try Set(names()).count == count * 200)
  }

  @Test func `waits with what it cannot write, and says what it lost`() throws {
    try write(["before"])
    let other = try LocalFileSystem().openShared(place.file(0), mode: 0o600)
    #expect(try other.take())
    let writer = AuditWriter(plugin)
    writer.append(call("while it is held"))
    #expect(try names() == ["before"])
    other.release()
    // It is not tried again with each call.
    writer.append(call("soon after"))
    #expect(try names() == ["before"])
    host.clock.advance(by: .seconds(1))
    writer.append(call("after"))
    #expect(try writer.close() == 0)
    #expect(try names() == ["before", "while it is held", "soon after", "after"])
  }

  @Test func `stays out of the way of garbage collection`() throws {
    try write(["1"])
    let folder = try host.open()
    let inventory = try folder.collectGarbage(holding: folder.lock(), dryRun: false)
    #expect(inventory.unexplained.isEmpty)
    #expect(try log.verify().calls == 1)
  }
}
