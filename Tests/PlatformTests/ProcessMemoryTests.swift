import Platform
import SystemPackage
import Testing

struct ProcessMemoryTests {
  /// What of this process's files is in memory, in KiB.
  private func resident() throws -> Int {
    let status = try LocalFileSystem().readAll(FilePath("/proc/self/status"), limit: 64 << 10)
    let lines = String(decoding: status, as: UTF8.self).split(separator: "\n")
    let line = try #require(lines.first { $0.hasPrefix("RssFile:") })
    return try #require(line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) })
  }

  @Test func `a program that lets go of its pages keeps fewer of them`() throws {
    let before = try resident()
    ProcessMemory.leaveProgramPages()
    let after = try resident()
    #expect(after < before, "\(after) KiB of \(before) stay")
  }
}
